import { abortable } from "./abortable.ts";
import { answerTo } from "./answer.ts";
import type { DeliveredMessage } from "./client_types.ts";
import { ConfigError } from "./errors.ts";
import { attemptOf } from "./failures.ts";
import type { Handler } from "./handler.ts";
import type { OutgoingMessage } from "./message.ts";
import { toReceivedMessage } from "./received_message.ts";
import { escapeText } from "./terminal.ts";
import { within } from "./within.ts";

/** How long a handler may go on after its time, in ms: a command is killed after 5 s. */
const GRACE = 6_000;

/** What a handler made of a message: an answer, if one is asked for; or why it failed. */
export type Outcome = { answer: OutgoingMessage | undefined } | { reason: string };

/**
 * Calls a handler with one message, for `timeout` ms at most. Then its `signal` is aborted, and it is
 * waited for 6 s more; one that goes on after that is left to itself.
 *
 * @throws {ConfigError} If the handler throws one, or lacks a permission: then the message is not to
 *   blame.
 */
export async function callHandler(
  handler: Handler,
  message: DeliveredMessage,
  { queue, timeout }: { queue: string; timeout: number },
): Promise<Outcome> {
  const tooLate = new AbortController();
  const { signal } = tooLate;
  const giveUp = () => tooLate.abort(new Error(`not done within ${timeout / 1_000} s`));
  const timer = setTimeout(giveUp, timeout);
  const context = { attempt: attemptOf(message, queue), queue, signal };
  const calling = Promise.try(() => handler(toReceivedMessage(message), context));
  try {
    return { answer: answerTo(message, await abortable(calling, signal)) };
  } catch (error) {
    if (signal.aborted) await within(GRACE, calling.catch(() => {}));
    if (error instanceof ConfigError) throw error;
    if (error instanceof Deno.errors.NotCapable) throw notPermitted(error);
    return { reason: reasonOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

function notPermitted(error: Error): ConfigError {
  const [what = error.message] = error.message.split(", run again");
  return new ConfigError(`receive.handler: ${escapeText(what)}`, {
    cure: "Copy the task receive in deno.json, and give the copy that permission",
    cause: error,
  });
}

/** What is thrown can be anything, also what has no text. */
function reasonOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return "the handler threw what cannot be shown";
  }
}
