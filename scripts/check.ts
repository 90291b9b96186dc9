/**
 * `deno task check`: the gate before each commit, the same on a laptop and in CI. It runs all steps
 * at once, prints a line for each, and the output of those that failed. No tracked file is written.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { ConfigError, ExitCode } from "../lib/errors.ts";
import { printLine, printText } from "../lib/terminal.ts";
import { assertFlags } from "../tests/support/assert_flags.ts";
import { parseArguments } from "./_arguments.ts";
import { runMain } from "./_main.ts";

const HELP = `Check format, lint, types, documentation, generated files and unit tests.

Usage:
  deno task check

Options:
  -h, --help    print this

It is the gate before each commit. It prints a line for each step, and what
those said that failed; no tracked file is written.

Exit codes:
  0    all is well
  1    a step failed
`;

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

await runMain(async (args, signal) => {
  const { values, words } = parseArguments(args, { help: { type: "boolean", short: "h" } });
  if (values.help) {
    printText(HELP);
    return ExitCode.Ok;
  }
  if (words.length) throw new ConfigError("check takes no words");
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
