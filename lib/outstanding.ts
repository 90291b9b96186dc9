import type { OutgoingMessage } from "./message.ts";
import { Unconfirmed } from "./unconfirmed.ts";
import { Window } from "./window.ts";

/** How many bytes of payload may be sent and not yet confirmed; how many messages, `Window` says. */
const LARGEST = 16 * 1024 * 1024;
/** How many messages may have overtaken one that is never confirmed: what that takes in memory. */
const LONGEST = 2 ** 20;

/** A message on its way. */
export interface Pending {
  readonly message: OutgoingMessage;
  /** Since when it waits, by `performance.now()`. */
  readonly since: number;
  /** Its number among those on their way. */
  number: number;
}

/** The messages that are sent and not yet confirmed, whatever becomes of connections. */
export class Outstanding implements Iterable<Pending> {
  readonly #unconfirmed = new Unconfirmed<Pending>();
  #bytes = 0;
  #window = new Window();

  /** How many there are. */
  get size(): number {
    return this.#unconfirmed.size;
  }

  /** Since when the oldest one waits, by `performance.now()`; `undefined` if there is none. */
  get since(): number | undefined {
    return this.#unconfirmed.oldest?.since;
  }

  /** Whether one more may be sent. */
  get hasRoom(): boolean {
    return this.#bytes < LARGEST && this.#unconfirmed.span < LONGEST &&
      this.#window.hasRoom(this.#unconfirmed.size);
  }

  /** Adds a message that is about to be sent for the first time. */
  add(message: OutgoingMessage): Pending {
    const pending: Pending = { message, since: performance.now(), number: 0 };
    pending.number = this.#unconfirmed.add(pending);
    this.#bytes += message.body.length;
    return pending;
  }

  /** Begins anew to find out how far away the broker is: there is another connection. */
  measureAnew(): void {
    this.#window = new Window();
  }

  /** Is to be told when a message is sent, again or not. */
  sent(pending: Pending): void {
    this.#window.sent(pending);
  }

  /** Is to be told what became of a message, and whether the broker said so. */
  answered(pending: Pending, { byBroker }: { byBroker: boolean }): void {
    if (byBroker) this.#window.settled(pending);
    else this.#window.forget(pending);
  }

  /** Takes out one whose fate is sealed. Returns whether it was still there. */
  take(pending: Pending): boolean {
    if (!this.#unconfirmed.take(pending.number)) return false;
    this.#bytes -= pending.message.body.length;
    return true;
  }

  /** All that are there, in the order in which they were first sent. */
  [Symbol.iterator](): Iterator<Pending> {
    return this.#unconfirmed[Symbol.iterator]();
  }
}
