import type { OutgoingMessage } from "./message.ts";

/** How `publish` is stopped and what it tells. */
export interface PublishOptions {
  /** Takes no more messages and waits at most 10 s for the confirmations of those in flight. */
  signal?: AbortSignal | undefined;
  /** Is told of lost connections and alarms, in one short line each. Default: nobody. */
  report?: ((line: string) => void) | undefined;
  /** Is called with each message that the broker has confirmed, as soon as it has. */
  onConfirmed?: ((message: OutgoingMessage) => void) | undefined;
  /** Is called with each message that the broker did not accept, and why. */
  onRefused?: ((message: OutgoingMessage, reason: string) => void) | undefined;
  /** Is handed, at the start, what tells how far the run is, whenever it is called. */
  watch?: ((counts: () => PublishCounts) => void) | undefined;
}

/** How far a run is. */
export interface PublishCounts {
  /** How many messages the broker has confirmed. */
  confirmed: number;
  /** How many messages are on their way, or wait until they are sent again. */
  unconfirmed: number;
}

/** What `publish` sends; messages that come many at a time cost less. */
export type Messages =
  | Iterable<OutgoingMessage>
  | AsyncIterable<OutgoingMessage | Iterable<OutgoingMessage>>;
