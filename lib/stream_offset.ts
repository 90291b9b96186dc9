import type { DeliveredMessage } from "./client_types.ts";
import type { Config } from "./config_schema.ts";

/** The consumer's argument, and the header of each delivery. */
const OFFSET = "x-stream-offset";

/**
 * Where to consume a stream from: at first what `receive.offset` says, then at the first message that
 * is not done with, so that a new consumer neither skips nor repeats any. Of a queue that is no stream
 * it knows nothing: what is not acknowledged comes again by itself.
 */
export class StreamOffset {
  readonly #isStream: boolean;
  readonly #start: NonNullable<Config["receive"]["offset"]>;
  /** When the first consumer began, by `performance.now()`. */
  #since: number | undefined;
  /** The offsets of those that were delivered to this consumer and are not done with. */
  readonly #open = new Set<number>();
  /** The offset after the last one delivered. */
  #next: number | undefined;

  /** Takes the config that declares the queue. */
  constructor({ queue, receive }: Config) {
    this.#isStream = queue?.type === "stream";
    this.#start = receive.offset ?? "next";
  }

  /** Returns the arguments of a new consumer, to which what is not done with will come again. */
  begin(): Record<string, string | bigint | Date> {
    if (!this.#isStream) return {};
    const [first = this.#next] = this.#open;
    this.#open.clear();
    this.#next = first;
    const offset = this.#next ?? this.#startAgain();
    return { [OFFSET]: typeof offset === "number" ? BigInt(offset) : offset };
  }

  /** Is to be told of each message that the consumer gets, in this order. */
  delivered(message: DeliveredMessage): void {
    const offset = this.#offsetOf(message);
    if (offset === undefined) return;
    this.#open.add(offset);
    this.#next = offset + 1;
  }

  /** Is to be told of each message that is done with, in any order. */
  done(message: DeliveredMessage): void {
    const offset = this.#offsetOf(message);
    if (offset !== undefined) this.#open.delete(offset);
  }

  /** Is to be told when the stream is gone: one that is declared anew counts from 0 again. */
  forget(): void {
    this.#open.clear();
    this.#next = undefined;
  }

  /** Where to begin while no message has come yet. */
  #startAgain(): string | number | Date {
    const isFirst = this.#since === undefined;
    this.#since ??= performance.now();
    if (isFirst || this.#start !== "next") return this.#start;
    // What came while there was no consumer is not to be missed. In whole seconds, by the broker's
    // clock: that can be a second's worth too much.
    return `${Math.floor((performance.now() - this.#since) / 1_000) + 1}s`;
  }

  #offsetOf({ properties: { headers } }: DeliveredMessage): number | undefined {
    return this.#isStream && headers?.[OFFSET] !== undefined ? Number(headers[OFFSET]) : undefined;
  }
}
