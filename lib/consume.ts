import { actUntilStopped } from "./act_until_stopped.ts";
import { Acknowledger } from "./acknowledger.ts";
import type { DeliveredMessage } from "./client_types.ts";
import type { Config } from "./config_schema.ts";
import type { Session } from "./declare_then_act.ts";
import { ConfigError, ConnectionError } from "./errors.ts";
import { StreamOffset } from "./stream_offset.ts";
import { subscribe } from "./subscription.ts";
import { Wakeup } from "./wakeup.ts";

/** How many messages are handed on at once, at most: what is acknowledged together. */
const BATCH = 250;
/** A batch ends with the message that brings it to this many bytes, because printing copies all of it. */
const BATCH_BYTES = 256 * 1024;
/**
 * With a count, acknowledgements are held back near the end, or the broker would deliver messages
 * beyond it. When nothing has come for this long, in ms, they are made up for.
 */
const HOLD = 1_000;

/** What became of a batch of messages. */
export interface Handled {
  /** How many, from the first on, are done with and may be acknowledged. */
  done: number;
  /** Why the others are not; ends the run. */
  error?: unknown;
}

/** How {@linkcode consume} ends and what it tells. */
export interface ConsumeOptions {
  /** Stops: what has been handed on is finished and acknowledged, the rest stays in the queue. */
  signal?: AbortSignal | undefined;
  /** Ends after this many messages, and takes no more than these. Default: without end. */
  count?: number | undefined;
  /** Ends when no message has come for this long, in ms. Default: without end. */
  idle?: number | undefined;
  /** Is told of lost and regained connections, in one short line each. Default: nobody. */
  report?: ((line: string) => void) | undefined;
  /** Is called once, when messages can come. */
  onReady?: (() => void) | undefined;
}

/**
 * Consumes the queue of the config. Each message is acknowledged only once `handle` says that it is
 * done with; until then the broker keeps it, and delivers it again if this process dies.
 *
 * @returns How many messages were done with.
 * @throws What `handle` returns as `error`, after the messages before it were acknowledged.
 * @throws {ConfigError} If the config names no queue.
 * @throws {ConnectionError | TopologyError} As {@linkcode declareThenAct}.
 */
export async function consume(
  config: Config,
  handle: (messages: DeliveredMessage[]) => Promise<Handled>,
  options: ConsumeOptions = {},
): Promise<number> {
  if (!config.queue) {
    throw new ConfigError("Cannot receive: the config names no queue", { cure: "Set queue.name" });
  }
  const { signal, report, count = Infinity } = options;
  const consumer = new Consumer(config, handle, { ...options, count });
  await actUntilStopped(config, consumer, { role: "receive", signal, report });
  if (consumer.failure) throw consumer.failure.error;
  return consumer.total;
}

/** Keeps what outlives a connection: how many messages are done with, and where in a stream. */
class Consumer {
  total = 0;
  /** Why the handler ended the run. */
  failure: { error: unknown } | undefined;
  #isReady = false;
  #lastMessage = performance.now();
  readonly #offset: StreamOffset;
  readonly #wakeup = new Wakeup();
  readonly wake = this.#wakeup.call;

  constructor(
    readonly config: Config,
    readonly handle: (messages: DeliveredMessage[]) => Promise<Handled>,
    readonly options: ConsumeOptions & { count: number },
  ) {
    this.#offset = new StreamOffset(config);
  }

  async act(session: Session): Promise<void> {
    session.lost.addEventListener("abort", this.wake);
    const inbox: DeliveredMessage[] = [];
    const acks = new Acknowledger(session.channel);
    this.#lastMessage = performance.now();
    try {
      while (!this.#isOver) await this.#subscribe(session, inbox, acks);
    } catch (error) {
      // Once all is over, a new connection could do nothing more.
      if (!this.#isOver) throw error;
    }
  }

  get #isOver(): boolean {
    const { count, idle = Infinity, signal } = this.options;
    return signal?.aborted === true || this.failure !== undefined || this.total >= count ||
      performance.now() - this.#lastMessage >= idle;
  }

  /** Consumes until all is over, or until the acknowledgements that were held back are due. */
  async #subscribe(session: Session, inbox: DeliveredMessage[], acks: Acknowledger): Promise<void> {
    const { lost } = session;
    const remaining = this.options.count - this.total;
    const prefetch = Math.min(this.config.receive.prefetch, remaining);
    const last = acks.tag + remaining - prefetch;
    const subscription = await subscribe(session, {
      prefetch,
      offset: this.#offset,
      onMessage: (message) => {
        inbox.push(message);
        this.#lastMessage = performance.now();
        this.wake();
      },
      onCancelled: this.wake,
      signal: this.options.signal,
    });
    session.getsOn();
    if (!this.#isReady) this.options.onReady?.();
    this.#isReady = true;
    if (acks.tag === 0) this.#lastMessage = performance.now();
    // An auto-delete queue would go with its consumer.
    const mayResubscribe = !this.config.queue?.auto_delete;

    while (!this.#isOver) {
      lost.throwIfAborted();
      if (inbox.length) await this.#handOn(inbox, acks, last);
      else if (subscription.isCancelled) {
        await acks.acknowledge();
        this.#offset.forget();
        subscription.throwIfCancelled();
      } else if (
        !await this.#wakeup.wait(Math.min(this.#idleLeft, acks.isBehind ? HOLD : Infinity))
      ) {
        if (acks.isBehind && mayResubscribe) break;
        await acks.acknowledge();
        // After a sleep of this process, what came meanwhile has yet to be read.
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    }
    // First no more messages, then the acknowledgements that would bring more.
    const isAnswered = await subscription.cancel();
    if (!isAnswered && !this.#isOver) throw new ConnectionError("The broker does not answer");
    while (!this.#isOver && inbox.length) await this.#handOn(inbox, acks, last);
    await acks.acknowledge();
  }

  get #idleLeft(): number {
    return this.#lastMessage + (this.options.idle ?? Infinity) - performance.now();
  }

  /** Hands on one batch, and acknowledges it, but no delivery after the tag `last`. */
  async #handOn(inbox: DeliveredMessage[], acks: Acknowledger, last: number): Promise<void> {
    const batch = inbox.splice(0, sizeOfBatch(inbox, this.options.count - this.total));
    if (this.config.receive.ack === "on_delivery") {
      acks.done(batch.at(-1)?.deliveryTag);
      await acks.acknowledge(last);
    }
    const { done, error } = await this.#call(batch);
    if (error !== undefined) this.failure = { error };
    this.total += done;
    for (const message of batch.slice(0, done)) this.#offset.done(message);
    this.#lastMessage = performance.now();
    acks.done(batch[done - 1]?.deliveryTag);
    if (!this.failure) await acks.acknowledge(last);
  }

  /** Calls the handler, which may fail in any way that it likes: what it throws is its error. */
  async #call(batch: DeliveredMessage[]): Promise<Handled> {
    try {
      const handled = await this.handle(batch);
      if (handled.error !== undefined || handled.done >= batch.length) return handled;
      // The next acknowledgement would cover what it passed over.
      const error = new Error(`The handler left ${batch.length - handled.done} messages undone`);
      return { done: handled.done, error };
    } catch (error) {
      return { done: 0, error: error ?? new Error("The handler failed") };
    }
  }
}

/** How many of the messages, and of the `wanted` ones, are handed on together. */
function sizeOfBatch(inbox: DeliveredMessage[], wanted: number): number {
  const most = Math.min(inbox.length, BATCH, wanted);
  let count = 0;
  for (let bytes = 0; count < most && bytes < BATCH_BYTES; count++) {
    bytes += inbox[count]?.body?.length ?? 0;
  }
  return count;
}
