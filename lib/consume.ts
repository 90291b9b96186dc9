import { AMQPConsumer } from "@cloudamqp/amqp-client";
import { abortable } from "./abortable.ts";
import { Acknowledger } from "./acknowledger.ts";
import type { Channel, DeliveredMessage } from "./client_types.ts";
import type { Config } from "./config_schema.ts";
import { declareThenAct, type Session } from "./declare_then_act.ts";
import { ConfigError, ConnectionError } from "./errors.ts";
import { Wakeup } from "./wakeup.ts";
import { within } from "./within.ts";

/** How many messages are handed on at once, at most: what is acknowledged together. */
const BATCH = 100;
/**
 * With a count, acknowledgements are held back near the end, or the broker would deliver messages
 * beyond it. When nothing has come for this long, in ms, they are made up for.
 */
const HOLD = 1_000;
/** How long the broker may take to end a consumer, in ms, before it is left to itself. */
const CANCEL_TIMEOUT = 5_000;

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
  signal?.addEventListener("abort", consumer.wake);
  try {
    await declareThenAct(config, (session) => consumer.act(session), {
      role: "receive",
      signal,
      report,
    });
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
  } finally {
    signal?.removeEventListener("abort", consumer.wake);
  }
  if (consumer.failure) throw consumer.failure.error;
  return consumer.total;
}

/** Keeps what outlives a connection: how many messages are done with. */
class Consumer {
  total = 0;
  /** Why the handler ended the run. */
  failure: { error: unknown } | undefined;
  #isReady = false;
  #lastMessage = performance.now();
  readonly #wakeup = new Wakeup();
  readonly wake = this.#wakeup.call;

  constructor(
    readonly config: Config,
    readonly handle: (messages: DeliveredMessage[]) => Promise<Handled>,
    readonly options: ConsumeOptions & { count: number },
  ) {}

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
    const { channel, queue, lost } = session;
    const remaining = this.options.count - this.total;
    const prefetch = Math.min(this.config.receive.prefetch, remaining);
    const last = acks.tag + remaining - prefetch;
    const consumer = await this.#startConsumer(channel, queue, { prefetch, inbox });
    session.getsOn();
    if (acks.tag === 0) this.#lastMessage = performance.now();
    // An auto-delete queue would go with its consumer, and a stream's new consumer begin at its end.
    const { auto_delete, type } = this.config.queue ?? {};
    const mayResubscribe = !auto_delete && type !== "stream";

    while (!this.#isOver) {
      lost.throwIfAborted();
      if (inbox.length) await this.#handOn(inbox, acks, last);
      else if (consumer.isCancelled) {
        await acks.acknowledge();
        throw new ConnectionError("The broker cancelled the consumer: its queue is gone or moved");
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
    const isAnswered = await within(CANCEL_TIMEOUT, channel.basicCancel(consumer.tag));
    if (!isAnswered && !this.#isOver) throw new ConnectionError("The broker does not answer");
    while (!this.#isOver && inbox.length) await this.#handOn(inbox, acks, last);
    await acks.acknowledge();
  }

  get #idleLeft(): number {
    return this.#lastMessage + (this.options.idle ?? Infinity) - performance.now();
  }

  async #startConsumer(
    channel: Channel,
    queue: string,
    { prefetch, inbox }: { prefetch: number; inbox: DeliveredMessage[] },
  ): Promise<{ tag: string; isCancelled: boolean }> {
    const state = { tag: `amqp-tasks.${crypto.randomUUID()}`, isCancelled: false };
    const onMessage = (message: DeliveredMessage) => {
      inbox.push(message);
      this.#lastMessage = performance.now();
      this.wake();
    };
    const watch = (consumer: AMQPConsumer) =>
      consumer.wait().catch(() => state.isCancelled = true).then(this.wake);

    const { signal, onReady } = this.options;
    await abortable(channel.basicQos(prefetch), signal);
    // The client knows a consumer only some time after the broker's answer, and misses a
    // cancellation that comes along with it.
    const early = new AMQPConsumer(channel, state.tag, onMessage);
    channel.consumers.set(state.tag, early);
    watch(early);
    const consuming = channel.basicConsume(queue, { tag: state.tag, noAck: false }, onMessage);
    watch(await abortable(consuming, signal));
    if (!this.#isReady) onReady?.();
    this.#isReady = true;
    return state;
  }

  /** Hands on one batch, and acknowledges it, but no delivery after the tag `last`. */
  async #handOn(inbox: DeliveredMessage[], acks: Acknowledger, last: number): Promise<void> {
    const batch = inbox.splice(0, Math.min(BATCH, this.options.count - this.total));
    if (this.config.receive.ack === "on_delivery") {
      acks.done(batch.at(-1)?.deliveryTag);
      await acks.acknowledge(last);
    }
    const { done, error } = await this.#call(batch);
    if (error !== undefined) this.failure = { error };
    this.total += done;
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
