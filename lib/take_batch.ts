import { abortable } from "./abortable.ts";
import type { DeliveredMessage } from "./client_types.ts";
import type { Session } from "./declare_then_act.ts";
import { ConnectionError } from "./errors.ts";
import { subscribe } from "./subscription.ts";
import { formatNumber, quote } from "./terminal.ts";
import { Wakeup } from "./wakeup.ts";

/** When none has come for so long, in ms, the broker is asked whether there are more. */
const IDLE = 1_000;
/** How long it may have some and deliver none, in ms. */
const PATIENCE = 60_000;

/** How {@linkcode takeBatch} takes messages. */
export interface TakeBatchOptions {
  /** How many, at least 1. */
  count: number;
  /** Gives up: the connection is lost, or we are to stop. */
  ended: AbortSignal;
  /** Until when more can come although there are none, by `performance.now()`. Default: they cannot. */
  moreUntil?: number | undefined;
  /** How long the broker may have messages and deliver none, in ms. Default: 60,000. */
  patience?: number | undefined;
  /** Is told, in a line, that it does so. Default: nobody. */
  report?: ((line: string) => void) | undefined;
}

/**
 * Takes `count` messages from the session's queue, or as many as there are, and not one more: what is
 * given back counts as a failed delivery, and RabbitMQ 4 deletes a quorum queue's message after twenty
 * of them. Acknowledge them only after this returns: their consumer has ended then, so that brings no
 * others. What is never acknowledged does not count against the next batch.
 *
 * @throws {ConnectionError} If the broker has messages, but delivers none.
 * @throws The reason of `ended`.
 */
export async function takeBatch(
  session: Session,
  { count, ended, moreUntil = 0, patience = PATIENCE, report }: TakeBatchOptions,
): Promise<DeliveredMessage[]> {
  const batch: DeliveredMessage[] = [];
  const wakeup = new Wakeup();
  ended.addEventListener("abort", wakeup.call, { once: true });
  const subscription = await subscribe(session, {
    prefetch: count,
    onMessage: (message) => {
      batch.push(message);
      wakeup.call();
    },
    onCancelled: wakeup.call,
    signal: ended,
  });
  session.getsOn();
  let last = performance.now();
  let isTold = false;
  while (batch.length < count) {
    ended.throwIfAborted();
    subscription.throwIfCancelled();
    const before = batch.length;
    if (await wakeup.wait(IDLE)) {
      last = performance.now();
      continue;
    }
    // An answer can overtake a message that is on its way to the channel, but not two of them.
    const ready = await countReady(session, ended) || await countReady(session, ended);
    if (batch.length > before) continue;
    if (ready === 0) {
      if (performance.now() >= moreUntil) break;
      if (!isTold) report?.("Waiting for what the broker still holds for the lost connection");
      isTold = true;
    } else if (performance.now() >= last + patience) {
      if (batch.length > 0) break;
      throw notDelivered(session.queue, ready);
    } else if (!isTold) {
      isTold = true;
      report?.(`${notDelivered(session.queue, ready).message}; waiting`);
    }
  }
  if (!await subscription.cancel()) throw new ConnectionError("The broker does not answer");
  return batch;
}

/** How many messages are ready in the session's queue. */
export async function countReady({ channel, queue }: Session, ended: AbortSignal): Promise<number> {
  const declared = await abortable(channel.queueDeclare(queue, { passive: true }), ended);
  return declared.messageCount;
}

function notDelivered(queue: string, ready: number): ConnectionError {
  const messages = `${formatNumber(ready)} ${ready === 1 ? "message" : "messages"}`;
  return new ConnectionError(
    `The broker has ${messages} in ${quote(queue)}, but delivers none`,
    { cure: "Another consumer may have it for itself: stop that one", retryable: false },
  );
}
