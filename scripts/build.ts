/**
 * `deno task build`: bundles the scripts for every day into dist/, which halves the time that they
 * take to start. `deno task send` and the others see to it by themselves when something has changed.
 *
 * @module
 */
import { ExitCode } from "../lib/errors.ts";
import { printLine } from "../lib/terminal.ts";
import { parseArguments } from "./_arguments.ts";
import { runMain } from "./_main.ts";

const HELP = `Bundle send, receive and replay into dist/, which makes them start faster.

  deno task build

The tasks send, receive, work and replay do it by themselves, and only when a file
that they are made of has changed. From the source, without it:

  deno run -N -R -E=AMQP_*,LOG_TOKENS,LOG_STREAM scripts/send.ts
`;
const SCRIPTS = ["send", "receive", "replay"];
const DIST = "dist";

await runMain(async (args, signal) => {
  if (parseArguments(args, { help: { type: "boolean" } }).values.help) {
    printLine(HELP);
    return ExitCode.Ok;
  }
  await Deno.mkdir(DIST, { recursive: true });
  const fresh = await Deno.makeTempDir({ dir: DIST, prefix: ".new-" });
  try {
    const bundled = await bundle(fresh, signal);
    if (bundled) await takeOver(fresh);
    return bundled ? ExitCode.Ok : ExitCode.Unexpected;
  } finally {
    await Deno.remove(fresh, { recursive: true });
  }
});

async function bundle(into: string, signal: AbortSignal): Promise<boolean> {
  const sources = SCRIPTS.map((name) => `scripts/${name}.ts`);
  // For the browser, because what npm packages have for Node takes long to load; code splitting
  // keeps apart what is loaded only where it is needed, such as TLS.
  const how = ["--quiet", "--platform=browser", "--code-splitting", `--outdir=${into}`];
  const args = ["bundle", ...how, ...sources];
  const { success } = await new Deno.Command(Deno.execPath(), { args, stdin: "null", signal })
    .spawn().status;
  return success;
}

/**
 * Moves new files to where they are run. A script that starts meanwhile finds the old ones or the new
 * ones, whole: a chunk's name tells its content, and the scripts, which name the chunks, come last.
 */
async function takeOver(fresh: string): Promise<void> {
  const names = [...Deno.readDirSync(fresh)].map(({ name }) => name);
  const entries = SCRIPTS.map((name) => `${name}.js`);
  for (const name of [...names.filter((name) => !entries.includes(name)), ...entries]) {
    await Deno.rename(`${fresh}/${name}`, `${DIST}/${name}`);
  }
}
