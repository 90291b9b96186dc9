/** Whether a private RabbitMQ has started, and if not, why. */
import { setTimeout as delay } from "node:timers/promises";
import { ConnectionError } from "./errors.ts";
import { ignoreNotFound, LOG_FILE } from "./local_rabbitmq_process.ts";
import { answersAmqp } from "./loopback_ports.ts";
import { escapeText } from "./terminal.ts";

/** How long a boot may take, in ms; 5 to 10 seconds is usual. */
const BOOT_TIMEOUT = 120_000;
/** How much of the log an error shows. */
const LINES_SHOWN = 15;
const LOGGED_ERROR = /\[(?:error|critical|alert|emergency)\] <[\d.]+> (.*\S)/;

/**
 * Waits until the node in `dir` has booted and answers on its port.
 *
 * @throws {ConnectionError} If `supervisor` ends before, or after 120 s.
 * @throws The reason of `signal`.
 */
export async function untilBooted(
  dir: string,
  port: number,
  supervisor: Deno.ChildProcess,
  signal?: AbortSignal,
): Promise<void> {
  let ended = false;
  supervisor.status.then(() => ended = true);
  const deadline = performance.now() + BOOT_TIMEOUT;
  while (!(await hasBooted(dir) && await answersAmqp(port))) {
    signal?.throwIfAborted();
    if (ended) throw await bootError(dir, port, "it ended while it was starting");
    if (performance.now() > deadline) {
      throw await bootError(dir, port, `it had not started after ${BOOT_TIMEOUT / 1000} s`);
    }
    await delay(50);
  }
}

async function hasBooted(dir: string): Promise<boolean> {
  const log = await Deno.readTextFile(`${dir}/${LOG_FILE}`).catch(ignoreNotFound);
  return log !== undefined && /Server startup complete|completed with \d+ plugins/.test(log);
}

/** Makes the error for a node that does not run, with what its log has about it. */
export async function bootError(dir: string, port: number, why: string): Promise<ConnectionError> {
  const logFile = `${dir}/${LOG_FILE}`;
  const log = await Deno.readTextFile(logFile).catch(() => "");
  const lines = log.split("\n").map((line) => line.trimEnd()).filter((line) => line !== "");
  // The first errors name the cause; what follows is the Erlang VM falling apart.
  const errors = lines.map((line) => LOGGED_ERROR.exec(line)?.[1] ?? "").filter((text) => text);
  const causes = errors.slice(0, Math.max(errors.indexOf("BOOT FAILED"), 0) || LINES_SHOWN);
  const shown = causes.length ? causes.slice(0, LINES_SHOWN) : lines.slice(-LINES_SHOWN);
  return new ConnectionError(`Cannot start RabbitMQ on port ${port}: ${why}`, {
    cure: [...shown.map(escapeText), `The whole log is in ${logFile}`].join("\n"),
  });
}
