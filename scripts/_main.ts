import { AmqpTasksError, ConfigError, ExitCode } from "../lib/errors.ts";
import { escapeText, printLine, showLiveLine } from "../lib/terminal.ts";

/**
 * Two signals closer together than this are one request, in ms: CTRL+C in a terminal reaches a
 * script twice, once from the terminal and once passed on by `deno task`.
 */
const SAME_SIGNAL = 500;
/** What takes longer to finish than this, in ms, is waited for not without a word. */
const QUIET_STOP = 1_000;

/**
 * Runs a script and exits with its code. The first CTRL+C or SIGTERM aborts `signal`, a second one
 * exits at once with 130. An error is printed as one message with its cure, without a stack trace.
 */
export async function runMain(
  main: (args: string[], signal: AbortSignal) => Promise<number>,
): Promise<never> {
  const stop = new AbortController();
  let stoppedAt = -Infinity;
  const onSignal = () => {
    if (!stop.signal.aborted) {
      stoppedAt = performance.now();
      setTimeout(
        () => printLine(" [*] Finishing what is in flight; CTRL+C again forces the end"),
        QUIET_STOP,
      );
      stop.abort();
    } else if (performance.now() - stoppedAt > SAME_SIGNAL) {
      showLiveLine("");
      Deno.exit(ExitCode.Forced);
    }
  };
  Deno.addSignalListener("SIGINT", onSignal);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", onSignal);
  // Nothing should end here; if something does, a person still gets one line and not a stack.
  globalThis.addEventListener("unhandledrejection", (event) => Deno.exit(report(event.reason)));
  globalThis.addEventListener("error", (event) => Deno.exit(report(event.error)));
  try {
    Deno.exit(await main(Deno.args, stop.signal));
  } catch (error) {
    Deno.exit(report(error));
  }
}

/**
 * Reads the value of an option that is a number (default: `--count`); `undefined` if it was not given.
 *
 * @throws {ConfigError} If it is not a whole number from 1 on.
 */
export function readCount(text: string | undefined, option = "--count"): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new ConfigError(`${option} "${escapeText(text)}" is not a whole number from 1 on`, {
    cure: `Write one, such as ${option} 10, or leave ${option} out`,
  });
}

function report(error: unknown): number {
  showLiveLine("");
  const known = error instanceof AmqpTasksError;
  const message = error instanceof Error ? error.message : String(error);
  printLine(`error: ${known ? message : `unexpected: ${escapeText(message)}`}`);
  if (known && error.cure) printLine(error.cure.replace(/^/gm, "  "));
  return known ? error.exitCode : ExitCode.Unexpected;
}
