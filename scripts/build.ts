/**
 * `deno task build`: bundles the scripts for every day into dist/, which halves the time that they
 * take to start. `deno task send` and the others see to it by themselves when something has changed.
 *
 * @module
 */
import { ConfigError, ExitCode } from "../lib/errors.ts";
import { printLine, printText } from "../lib/terminal.ts";
import { parseArguments } from "./_arguments.ts";
import { runMain } from "./_main.ts";

const FROM_SOURCE = `Without it, from the source:

  deno run -N -R -E=AMQP_*,LOG_TOKENS,LOG_STREAM scripts/send.ts`;
const HELP = `Bundle send, receive and replay into dist/, which makes them start faster.

Usage:
  deno task build

Options:
  -h, --help    print this

The tasks send, receive, work and replay do it by themselves, and only when a
file that they are made of has changed. ${FROM_SOURCE}

Exit codes:
  0    done
  1    a script cannot be bundled
`;
const SCRIPTS = ["send", "receive", "replay"];
const DIST = "dist";

await runMain(async (args, signal) => {
  const { values, words } = parseArguments(args, { help: { type: "boolean", short: "h" } });
  if (values.help) {
    printText(HELP);
    return ExitCode.Ok;
  }
  if (words.length) throw new ConfigError("build takes no words");
  await Deno.mkdir(DIST, { recursive: true });
  const fresh = await Deno.makeTempDir({ dir: DIST, prefix: ".new-" });
  try {
    const bundled = await Promise.all(SCRIPTS.map((script) => bundle(script, fresh, signal)));
    if (bundled.every(Boolean)) {
      await takeOver(fresh);
      return ExitCode.Ok;
    }
    printLine(FROM_SOURCE);
    return ExitCode.Unexpected;
  } finally {
    await Deno.remove(fresh, { recursive: true });
  }
});

/**
 * Bundles one script on its own: what several had in common would be in files of their own, which take
 * some ms to load. For the browser, because what npm packages have for Node takes long to load; and
 * split, because TLS and the like are loaded only where they are needed.
 */
async function bundle(script: string, into: string, signal: AbortSignal): Promise<boolean> {
  const how = ["--quiet", "--platform=browser", "--code-splitting", `--outdir=${into}`];
  const args = ["bundle", ...how, `scripts/${script}.ts`];
  const command = new Deno.Command(Deno.execPath(), { args, stdin: "null", signal });
  return (await command.spawn().status).success;
}

/**
 * Moves new files to where they are run, each whole, and the scripts, which name the others, last: two
 * tasks that start at once may both be here. (`deno task` has removed the old ones before.)
 */
async function takeOver(fresh: string): Promise<void> {
  const names = [...Deno.readDirSync(fresh)].map(({ name }) => name);
  const entries = SCRIPTS.map((name) => `${name}.js`);
  for (const name of [...names.filter((name) => !entries.includes(name)), ...entries]) {
    await Deno.rename(`${fresh}/${name}`, `${DIST}/${name}`);
  }
}
