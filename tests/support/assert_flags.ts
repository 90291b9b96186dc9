import { fileURLToPath } from "node:url";
import { printLine } from "../../lib/terminal.ts";

const root = new URL("../../", import.meta.url);
const cache = new URL(".cache/", root);

/** How long the registry of `@std/assert` may take to answer, in milliseconds. */
const PROBE_TIMEOUT = 3000;

/**
 * Finds the flags with which `deno test`, `check`, `doc` and `run` can resolve `@std/assert`.
 *
 * Its registry is out of reach on some networks. There an import map, made from deno.json's own
 * `imports`, puts `tests/support/assert.ts` in its place, and a line on stderr says so.
 *
 * The lock file is a copy in either case: which packages it lists depends on what can be reached,
 * and a test run must neither fail on that nor write it to the tracked file.
 *
 * @throws {Deno.errors.NotFound} If there is no deno.json.
 */
export async function assertFlags(): Promise<string[]> {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  await Deno.mkdir(cache, { recursive: true });
  const flags = [`--lock=${await writeLock()}`];
  if (!await isAvailable(imports["@std/assert"])) {
    flags.push(`--import-map=${await writeImportMap(imports)}`);
    printLine("@std/assert cannot be fetched here: tests/support/assert.ts stands in for it");
  }
  return flags;
}

async function isAvailable(specifier: string): Promise<boolean> {
  const probe = new Deno.Command(Deno.execPath(), {
    args: ["cache", "--no-lock", specifier],
    cwd: root,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => probe.kill("SIGKILL"), PROBE_TIMEOUT);
  const { success } = await probe.status;
  clearTimeout(timer);
  return success;
}

function writeImportMap(imports: Record<string, string>): Promise<string> {
  const map: Record<string, string> = {};
  for (const [name, target] of Object.entries(imports)) {
    const isPackage = /^(npm|jsr):/.test(target);
    map[name] = isPackage ? target : new URL(target, root).href;
    // deno.json implies an entry for the paths below a package; an import map does not.
    if (isPackage) map[`${name}/`] = target.replace(/^(npm|jsr):\/?/, "$1:/") + "/";
  }
  map["@std/assert"] = new URL("assert.ts", import.meta.url).href;
  return writeAtOnce("import_map.json", JSON.stringify({ imports: map }, null, 2) + "\n");
}

async function writeLock(): Promise<string> {
  const lock = await Deno.readTextFile(new URL("deno.lock", root)).catch(() => undefined);
  return writeAtOnce("deno.lock", lock ?? `{"version":"5"}\n`);
}

/** Writes by renaming, because a second run may be reading the same file. */
async function writeAtOnce(name: string, text: string): Promise<string> {
  const path = fileURLToPath(new URL(name, cache));
  const temporary = `${path}.${Deno.pid}`;
  await Deno.writeTextFile(temporary, text);
  await Deno.rename(temporary, path);
  return path;
}
