import { fileURLToPath } from "node:url";
import denoJson from "../../deno.json" with { type: "json" };
import { plainly } from "./environment.ts";
import { Script } from "./scripts.ts";

const root = new URL("../../", import.meta.url);
/** The permissions of `deno task work`. */
const WORK = denoJson.tasks.work.command.split(" ").slice(2, -1);

/**
 * Runs TypeScript in a process of its own, with `execHandler`, `received` and `contextOf` imported.
 * `flags` are those of `deno run` (default: the permissions of `deno task work`), `env` is added to
 * our environment.
 */
export function startExecScript(
  code: string,
  { flags = WORK, env = {} }: { flags?: string[]; env?: Record<string, string> } = {},
): Script {
  const source = `
    import { execHandler } from "${new URL("lib/exec_handler.ts", root)}";
    import { contextOf, received } from "${new URL("received.ts", import.meta.url)}";
    ${code}
    Deno.exit();`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, `data:application/typescript,${encodeURIComponent(source)}`],
    cwd: fileURLToPath(root),
    ...plainly(env),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return new Script(child);
}
