import { actUntilStopped } from "./act_until_stopped.ts";
import { abortable } from "./abortable.ts";
import type { DeliveredMessage } from "./client_types.ts";
import type { Config } from "./config_schema.ts";
import { type Confirms, startConfirms } from "./confirms.ts";
import type { Session } from "./declare_then_act.ts";
import { ConfigError, PublishError, TopologyError } from "./errors.ts";
import { deadLetterQueue, revive } from "./failures.ts";
import { readReply } from "./reply.ts";
import { countReady, takeBatch } from "./take_batch.ts";
import { escapeText, formatNumber, quote } from "./terminal.ts";

/** How many messages are taken at a time. */
const BATCH = 200;

/** How {@linkcode replay} is stopped, bounded, and what it tells. */
export interface ReplayOptions {
  /** Stops. The message that is being moved then may be in both queues. */
  signal?: AbortSignal | undefined;
  /** Moves this many messages at most, beside those that cannot be moved. Default: all that are there when it begins. */
  count?: number | undefined;
  /** How long to wait while the broker has messages but delivers none, in ms. Default: 60,000. */
  patience?: number | undefined;
  /** Is told of messages that cannot be moved and of lost connections, in a line each. Default: nobody. */
  report?: ((line: string) => void) | undefined;
}

/**
 * Moves dead-lettered messages back to the queues in which they failed, as they were before, so that
 * they are tried anew. Each is confirmed there before it is acknowledged here: a fault in between can
 * double it, but not lose it. What fails again meanwhile is not moved again, unless in place of one
 * that a lost connection may have given back.
 *
 * @returns How many messages were moved.
 * @throws {ConfigError} If the config names no queue.
 * @throws {PublishError} If some were not accepted: their queue is gone, say. They stay where they were.
 * @throws {ConnectionError | TopologyError} As {@linkcode declareThenAct}; or because the broker has
 *   messages, but delivers none.
 */
export async function replay(config: Config, options: ReplayOptions = {}): Promise<number> {
  const { queue } = config;
  if (!queue) {
    throw new ConfigError("Cannot replay: the config names no queue", { cure: "Set queue.name" });
  }
  const { exchange: _, ...rest } = config;
  const name = deadLetterQueue(config);
  // It must exist: whoever dead-letters declares it.
  const deadLetters: Config = { ...rest, queue: { ...queue, name, passive: true, bindings: [] } };
  const replayer = new Replayer(queue.name, options);
  const { signal, report } = options;
  try {
    await actUntilStopped(deadLetters, replayer, { role: "receive", signal, report });
  } catch (error) {
    if (error instanceof TopologyError && readReply(error.cause)?.code === 404) {
      throw new TopologyError(`There is no queue ${quote(name)}: nothing was dead-lettered`, {
        cure: "receive.dead_letter names another one",
        cause: error.cause,
      });
    }
    if (replayer.moved) report?.(`Moved ${formatNumber(replayer.moved)} before that`);
    throw error;
  }
  const { moved, refused } = replayer;
  if (refused === 0) return moved;
  const [messages, stay] = refused === 1 ? ["message was", "stays"] : ["messages were", "stay"];
  throw new PublishError(
    `${formatNumber(refused)} ${messages} not accepted and ${stay} in ${escapeText(name)}; ` +
      `${formatNumber(moved)} ${moved === 1 ? "was" : "were"} moved`,
    {
      cure:
        "Declare their queues; or look at them, which takes them out, with the same --config: " +
        `deno task receive --set queue.name=${escapeText(name)} --idle 1s --format json`,
    },
  );
}

/** Keeps what outlives a connection: how many messages there were, and how many were moved. */
class Replayer {
  moved = 0;
  /** How many were refused on this connection: they come again on the next one. */
  refused = 0;
  /** How many there were when it began. */
  #total: number | undefined;
  /** Whether something was moved on this connection. */
  #hasMoved = false;

  constructor(readonly fallback: string, readonly options: ReplayOptions) {}

  /** There is nothing to do: all that waits here listens to the signals. */
  wake(): void {}

  async act(session: Session): Promise<void> {
    const { connection, lost } = session;
    const { signal, patience, report } = this.options;
    const ended = signal ? AbortSignal.any([lost, signal]) : lost;
    const confirms = startConfirms(session, { mandatory: true, report });
    let moreUntil = 0;
    if (this.#total === undefined) this.#total = await countReady(session, ended);
    else {
      this.refused = 0;
      // The last acknowledgement may have been lost: that message comes again too.
      if (this.#hasMoved) this.#total++;
      this.#hasMoved = false;
      // For so long RabbitMQ may take the lost connection for alive (without heartbeats: for ever).
      moreUntil = performance.now() + 3 * connection.heartbeat;
    }
    while (this.#left > 0) {
      const count = Math.min(BATCH, this.#left);
      const batch = await takeBatch(session, { count, ended, moreUntil, patience, report });
      if (batch.length === 0) break;
      for (const message of batch) await this.#move(message, { session, confirms, ended });
    }
  }

  /** How many are still to be taken. */
  get #left(): number {
    const { count = Infinity } = this.options;
    return Math.min(count, (this.#total ?? 0) - this.refused) - this.moved;
  }

  async #move(
    message: DeliveredMessage,
    { session: { connection, channel }, confirms, ended }: {
      session: Session;
      confirms: Confirms;
      ended: AbortSignal;
    },
  ): Promise<void> {
    ended.throwIfAborted();
    const revived = revive(message, this.fallback);
    await connection.writable(ended);
    const refusal = await abortable(confirms.publishOne(revived), ended).catch((error) => {
      ended.throwIfAborted();
      return error instanceof Error ? error.message : String(error);
    });
    if (refusal === undefined) {
      await channel.basicAck(message.deliveryTag);
      this.moved++;
      this.#hasMoved = true;
    } else {
      this.refused++;
      this.options.report?.(
        `Not moved to ${escapeText(revived.routingKey)}: ${escapeText(refusal)}`,
      );
    }
  }
}
