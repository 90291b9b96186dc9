import type { Channel, DeliveredMessage } from "./client_types.ts";
import type { Config } from "./config_schema.ts";
import { declareThenAct, type Session } from "./declare_then_act.ts";
import { ConfigError, ConnectionError } from "./errors.ts";
import { Wakeup } from "./wakeup.ts";

/** How many messages are handed on at once, at most: what is acknowledged together. */
const BATCH = 100;
/**
 * With a count, acknowledgements are held back near the end, or the broker would deliver messages
 * beyond it. When nothing has come for this long, in ms, there are none to deliver.
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
  try {
    await declareThenAct(config, (session) => consumer.act(session), {
      role: "receive",
      signal,
      report,
    });
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
  }
  return consumer.total;
}

/** Keeps what outlives a connection: how many messages are done with. */
class Consumer {
  total = 0;
  #isReady = false;

  constructor(
    readonly config: Config,
    readonly handle: (messages: DeliveredMessage[]) => Promise<Handled>,
    readonly options: ConsumeOptions & { count: number },
  ) {}

  async act({ channel, queue, lost }: Session): Promise<void> {
    const { count, idle = Infinity, signal } = this.options;
    const { receive } = this.config;
    const remaining = count - this.total;
    if (remaining <= 0) return;
    const prefetch = Math.min(receive.prefetch, remaining);
    // With a count, no-ack would have the broker pour out more than was asked for.
    const noAck = receive.ack === "on_delivery" && count === Infinity;
    const acks = new Acknowledger(channel, noAck);
    const inbox: DeliveredMessage[] = [];
    const wakeup = new Wakeup();
    lost.addEventListener("abort", wakeup.call);
    signal?.addEventListener("abort", wakeup.call);

    await channel.basicQos(prefetch);
    const consumer = await channel.basicConsume(queue, { noAck }, (message) => {
      inbox.push(message);
      wakeup.call();
    });
    let isCancelled = false;
    consumer.wait().catch(() => isCancelled = true).then(wakeup.call);
    this.#tellReady();

    let lastMessage = performance.now();
    let error: unknown;
    while (!signal?.aborted && error === undefined && this.total < count) {
      lost.throwIfAborted();
      if (inbox.length) {
        error = await this.#handOn(inbox, acks);
        await acks.acknowledge(remaining - prefetch);
        lastMessage = performance.now();
      } else if (isCancelled) {
        throw new ConnectionError("The broker cancelled the consumer: its queue is gone or moved");
      } else {
        const left = idle - (performance.now() - lastMessage);
        if (left <= 0) break;
        if (!await wakeup.wait(Math.min(left, acks.isBehind ? HOLD : left))) {
          await acks.acknowledge();
        }
      }
    }
    // First no more messages, then the acknowledgements that would bring more.
    await consumer.cancel();
    await acks.acknowledge();
    // Without acknowledgements nobody else has these any more.
    while (noAck && inbox.length && error === undefined) error = await this.#handOn(inbox, acks);
    if (error !== undefined) throw error;
  }

  /** Hands on one batch; returns the error that ends the run, if there was one. */
  async #handOn(inbox: DeliveredMessage[], acks: Acknowledger): Promise<unknown> {
    const batch = inbox.splice(0, Math.min(BATCH, this.options.count - this.total));
    const { done, error } = await this.handle(batch);
    this.total += done;
    acks.done(batch[done - 1]?.deliveryTag);
    return error;
  }

  #tellReady(): void {
    if (!this.#isReady) this.options.onReady?.();
    this.#isReady = true;
  }
}

/** Acknowledges on one channel what is done with, many messages at a time. */
class Acknowledger {
  #done = 0;
  #acknowledged = 0;

  constructor(readonly channel: Channel, readonly noAck: boolean) {}

  /** The message with this delivery tag, and all before it, are done with. */
  done(tag = this.#done): void {
    this.#done = tag;
  }

  /** Whether something that is done with is not yet acknowledged. */
  get isBehind(): boolean {
    return !this.noAck && this.#acknowledged < this.#done;
  }

  /** Acknowledges all that is done with, but nothing after the delivery tag `last`. */
  async acknowledge(last = Infinity): Promise<void> {
    const tag = Math.min(this.#done, last);
    if (this.noAck || tag <= this.#acknowledged) return;
    await this.channel.basicAck(tag, true);
    this.#acknowledged = tag;
  }
}
