import { abortable } from "./abortable.ts";
import type { Channel } from "./client_types.ts";
import type { Config } from "./config_schema.ts";
import { connect, type Connection } from "./connection.ts";
import type { Endpoint } from "./endpoint.ts";
import { AmqpTasksError, ConnectionError } from "./errors.ts";
import { explainChannelClosed } from "./refusal.ts";

/** One host that is examined, and the one connection to it. */
export class Visit implements AsyncDisposable {
  /** Why there is no connection; `undefined` before {@linkcode Visit.open}. */
  failure: AmqpTasksError | undefined;
  /** What was learnt on the way, for the checks that come later. */
  readonly learnt: { hasExchange?: boolean; hasQueue?: boolean; refusedWrite?: AmqpTasksError } =
    {};
  #connection: Connection | undefined;

  /** Takes the host, and what ends all of it. */
  constructor(
    readonly config: Config,
    readonly endpoint: Endpoint,
    readonly signal?: AbortSignal,
  ) {}

  /** Connects and logs in, once; if that fails, `failure` says why. */
  async open(): Promise<void> {
    if (this.#connection || this.failure) return;
    const { config, endpoint, signal } = this;
    try {
      this.#connection = await connect(config.broker, endpoint, {
        name: "amqp-tasks doctor",
        signal,
      });
    } catch (error) {
      if (!(error instanceof AmqpTasksError)) throw error;
      this.failure = error;
    }
  }

  /** The connection, which must be open. */
  get connection(): Connection {
    if (!this.#connection) throw this.failure ?? new Error("There is no connection yet");
    return this.#connection;
  }

  /** Uses a channel of its own, which is closed afterwards. */
  async onChannel<T>(use: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = this.connection.channel();
    // Told by whatever is under way.
    channel.onerror = () => {};
    try {
      return await this.answer(use(channel));
    } finally {
      if (!channel.closed) channel.close().catch(() => {});
    }
  }

  /** A signal for something that may take `broker.connect_timeout`. */
  limit(): AbortSignal {
    const timeout = AbortSignal.timeout(this.config.broker.connect_timeout);
    return AbortSignal.any([timeout, ...(this.signal ? [this.signal] : [])]);
  }

  /**
   * Waits for what the other side is to do.
   *
   * @throws {ConnectionError} If it is not done within `broker.connect_timeout`, or the connection
   *   is lost.
   */
  async answer<T>(promise: Promise<T>): Promise<T> {
    const limit = this.config.broker.connect_timeout;
    const timeout = AbortSignal.timeout(limit);
    const lost = this.#connection?.lost;
    const ends = [timeout, ...(lost ? [lost] : []), ...(this.signal ? [this.signal] : [])];
    try {
      return await abortable(promise, AbortSignal.any(ends));
    } catch (error) {
      this.signal?.throwIfAborted();
      if (lost?.aborted) throw lost.reason;
      if (!timeout.aborted) throw error;
      throw new ConnectionError(`No answer within ${limit / 1_000} s`, {
        cure: "Look into the broker's log; broker.connect_timeout is the limit",
      });
    }
  }

  /** What the broker meant by closing a channel. */
  explain(error: unknown): unknown {
    return error instanceof AmqpTasksError ? error : explainChannelClosed(error, this.config);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection?.[Symbol.asyncDispose]();
  }
}
