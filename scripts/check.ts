/**
 * `deno task check`: the gate before each commit, the same on a laptop and in CI. It runs all steps
 * at once, prints a line for each, and the output of those that failed. No tracked file is written.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { ExitCode } from "../lib/errors.ts";
import { printLine } from "../lib/terminal.ts";
import { assertFlags } from "../tests/support/assert_flags.ts";
import { runMain } from "./_main.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

interface Step {
  name: string;
  /** Arguments of `deno`. */
  args: string[];
}

function steps(flags: string[]): Step[] {
  return [
    // Types are checked once, in the next step.
    { name: "unit tests", args: ["run", "--allow-all", "scripts/test.ts", "--unit", "--no-check"] },
    { name: "types", args: ["check", "--quiet", ...flags, "."] },
    { name: "lint", args: ["lint"] },
    { name: "docs", args: ["doc", ...flags, "--lint", "lib/mod.ts"] },
    { name: "format", args: ["fmt", "--check"] },
    {
      name: "schema up to date",
      args: ["run", "--no-prompt", "--allow-read", ...flags, "scripts/schema.ts", "--check"],
    },
  ];
}

await runMain(async (_args, signal) => {
  Deno.chdir(root);
  const results = await Promise.all(steps(await assertFlags()).map((step) => run(step, signal)));
  return results.every(Boolean) ? ExitCode.Ok : ExitCode.Unexpected;
});

async function run({ name, args }: Step, signal: AbortSignal): Promise<boolean> {
  const started = performance.now();
  const command = { args, stdin: "null", signal } as const;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), command).output();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  printLine(`${success ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim()).join("\n");
  if (!success) printLine(`${output.trim()}\n`);
  return success;
}
