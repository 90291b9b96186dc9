import { abortable } from "./abortable.ts";
import type { DeliveredMessage } from "./client_types.ts";
import { ConfigError } from "./errors.ts";
import { attemptOf } from "./failures.ts";
import type { Handler } from "./handler.ts";
import { toReceivedMessage } from "./received_message.ts";

/** The longest time that a timer can have, in ms: 24 days. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** What a handler made of a message: what it returned, or why it failed. */
export type Outcome = { value: unknown } | { reason: string };

/**
 * Calls a handler with one message, for `timeout` ms at most. One that goes on after that is not waited
 * for; its `signal` tells it.
 *
 * @throws {ConfigError} If the handler throws one: then the config is to blame, and not the message.
 */
export async function callHandler(
  handler: Handler,
  message: DeliveredMessage,
  { queue, timeout }: { queue: string; timeout: number },
): Promise<Outcome> {
  const tooLate = new AbortController();
  const { signal } = tooLate;
  const giveUp = () => tooLate.abort(new Error(`not done within ${timeout / 1_000} s`));
  const timer = setTimeout(giveUp, Math.min(timeout, LONGEST_TIMER));
  try {
    const context = { attempt: attemptOf(message), queue, signal };
    const calling = Promise.try(() => handler(toReceivedMessage(message), context));
    return { value: await abortable(calling, signal) };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return { reason: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
