/** The books of a soak: what was sent, what its senders called sent, and what has come. */
import { compare, type Received } from "../support/tally.ts";

/** What came of all messages. */
export interface Outcome {
  /** Given to a sender. */
  sent: number;
  /** Called sent by a sender. */
  confirmed: number;
  /** That came, each counted once. */
  received: number;
  /** Confirmed, and never came. */
  lost: number;
  /** Came, and were never given to a sender. */
  unexpected: number;
  /** Came under two ids. */
  sentUnderTwoIds: number;
  /** Deliveries beyond the first of a message. */
  duplicated: number;
}

/** The payload of a sender's message; both are numbers that tell them apart. */
export function payloadOf(sender: number, index: number): string {
  return `message ${index} of sender ${sender}`;
}

/** Notes messages by their payloads. */
export class Ledger {
  readonly #sent: string[] = [];
  readonly #confirmed: string[] = [];
  readonly #received: Received[] = [];
  /** Confirmed, and not come yet. */
  readonly #missing = new Set<string>();
  readonly #come = new Set<string>();
  readonly #latest = new Map<string, number>();
  #lastArrival = performance.now();
  #longestGap = 0;

  /** These were given to a sender. */
  sent(payloads: string[]): void {
    for (const payload of payloads) this.#sent.push(payload);
  }

  /** A sender calls these sent. */
  confirmed(payloads: string[]): void {
    for (const payload of payloads) {
      this.#confirmed.push(payload);
      if (!this.#come.has(payload)) this.#missing.add(payload);
    }
  }

  /** These have come, just now. */
  received(messages: Received[]): void {
    for (const message of messages) {
      this.#received.push(message);
      this.#come.add(message.payload);
      this.#missing.delete(message.payload);
      const [, index = "", sender = ""] = /^message (\d+) of (.*)$/.exec(message.payload) ?? [];
      this.#latest.set(sender, Math.max(Number(index), this.#latest.get(sender) ?? -1));
    }
    this.#longestGap = this.#gap();
    this.#lastArrival = performance.now();
  }

  /** How many a sender calls sent. */
  get count(): number {
    return this.#confirmed.length;
  }

  /** Whether this message has come, or a later one of its sender. */
  hasReached(sender: number, index: number): boolean {
    return (this.#latest.get(`sender ${sender}`) ?? -1) >= index;
  }

  /** The longest time without a message since it was last asked for, in ms. */
  takeLongestGap(): number {
    const gap = this.#gap();
    this.#longestGap = 0;
    return gap;
  }

  #gap(): number {
    return Math.max(this.#longestGap, performance.now() - this.#lastArrival);
  }

  /** Whether all that was confirmed has come. */
  get isComplete(): boolean {
    return this.#missing.size === 0;
  }

  /** Balances the books. */
  balance(): Outcome {
    const { lost } = compare(this.#confirmed, this.#received);
    const { unexpected, sentUnderTwoIds, duplicated } = compare(this.#sent, this.#received);
    return {
      sent: this.#sent.length,
      confirmed: this.#confirmed.length,
      received: this.#received.length - duplicated,
      lost,
      unexpected,
      sentUnderTwoIds,
      duplicated,
    };
  }
}
