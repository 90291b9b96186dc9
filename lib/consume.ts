import type { DeliveredMessage } from "./client_types.ts";
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
    const { count, idle, signal, onReady } = this.options;
    const { receive } = this.config;
    // With a count, no-ack would have the broker pour out more than was asked for.
    const noAck = receive.ack === "on_delivery" && count === Infinity;
    const remaining = count - this.total;
    if (remaining <= 0) return;
    const prefetch = Math.min(receive.prefetch, remaining);
    const inbox: DeliveredMessage[] = [];
    const wakeup = new Wakeup();
    let cancelled: unknown;
    lost.addEventListener("abort", wakeup.call);
    signal?.addEventListener("abort", wakeup.call);

    await channel.basicQos(prefetch);
    const consumer = await channel.basicConsume(queue, { noAck }, (message) => {
      inbox.push(message);
      wakeup.call();
    });
    consumer.wait().catch((error) => cancelled = error).then(wakeup.call);
    if (!this.#isReady) onReady?.();
    this.#isReady = true;

    let acknowledged = 0;
    let done = 0;
    const acknowledge = async (tag: number) => {
      if (noAck || tag <= acknowledged) return;
      await channel.basicAck(tag, true);
      acknowledged = tag;
    };
    /** Hands on one batch; `false` when that was the last one. */
    const step = async (): Promise<boolean> => {
      const batch = inbox.splice(0, Math.min(BATCH, count - this.total));
      const handled = await this.handle(batch);
      this.total += handled.done;
      done = batch[handled.done - 1]?.deliveryTag ?? done;
      if (handled.error !== undefined || this.total >= count) {
        await consumer.cancel();
        await acknowledge(done);
        if (handled.error !== undefined) throw handled.error;
        return false;
      }
      await acknowledge(Math.min(done, remaining - prefetch));
      return true;
    };

    let lastMessage = performance.now();
    for (;;) {
      lost.throwIfAborted();
      if (signal?.aborted) break;
      if (inbox.length) {
        if (!await step()) return;
        lastMessage = performance.now();
        continue;
      }
      if (cancelled !== undefined) {
        throw new ConnectionError("The broker cancelled the consumer: its queue is gone or moved");
      }
      const holding = done > acknowledged && !noAck;
      const left = (idle ?? Infinity) - (performance.now() - lastMessage);
      if (left <= 0) break;
      const timeout = Math.min(left, holding ? HOLD : Infinity);
      if (!await wakeup.wait(timeout === Infinity ? undefined : timeout)) await acknowledge(done);
    }
    await consumer.cancel();
    await acknowledge(done);
    // Without acknowledgements nobody else has these any more.
    while (noAck && inbox.length) await step();
  }
}
