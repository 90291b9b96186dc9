import type { Config } from "./config_schema.ts";
import { consume } from "./consume.ts";
import { declareThenAct } from "./declare_then_act.ts";
import { ConfigError } from "./errors.ts";
import { deadLetterQueue, revive } from "./failures.ts";
import { publish } from "./publish.ts";

/** How {@linkcode replay} is stopped, bounded, and what it tells. */
export interface ReplayOptions {
  /** Stops after the messages that are being moved. */
  signal?: AbortSignal | undefined;
  /** Moves this many messages at most. Default: all that are there when it begins. */
  count?: number | undefined;
  /** Is told of lost connections, in one short line each. Default: nobody. */
  report?: ((line: string) => void) | undefined;
}

/**
 * Moves dead-lettered messages back to the queues in which they failed, as they were before, so that
 * they are tried anew. Each is confirmed there before it is acknowledged here: a fault in between can
 * double it, but not lose it. What fails again meanwhile is not moved again.
 *
 * @returns How many messages were moved.
 * @throws {ConfigError} If the config names no queue.
 * @throws {PublishError} If a message is not accepted: its queue is gone, say. It stays where it was.
 * @throws {ConnectionError | TopologyError} As {@linkcode declareThenAct}.
 */
export async function replay(config: Config, options: ReplayOptions = {}): Promise<number> {
  const { signal, report } = options;
  const fallback = config.queue?.name ?? "";
  const { exchange: _, ...rest } = config;
  const { queue } = rest;
  if (!queue) {
    throw new ConfigError("Cannot replay: the config names no queue", { cure: "Set queue.name" });
  }
  const deadLetters: Config = {
    ...rest,
    // It must exist: whoever dead-letters declares it.
    queue: { ...queue, name: deadLetterQueue(config), passive: true, bindings: [], arguments: {} },
    receive: { ...config.receive, prefetch: 200 },
  };
  const ready = await declareThenAct(deadLetters, async ({ channel, queue }) => {
    const { messageCount } = await channel.queueDeclare(queue, { passive: true });
    return messageCount;
  }, { role: "receive", signal, report });
  const count = Math.min(ready, options.count ?? Infinity);
  if (count === 0) return 0;
  return await consume(deadLetters, async (messages) => {
    const revived = messages.map((message) => revive(message, fallback));
    return { done: await publish({ ...rest, queue: undefined }, revived, { report }) };
  }, { signal, count, report });
}
