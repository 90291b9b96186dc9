import type { Channel } from "./client_types.ts";
import type { Config, ExchangeConfig, FieldTable, QueueConfig } from "./config_schema.ts";
import type { Connection } from "./connection.ts";
import { ConfigError } from "./errors.ts";
import { toWireTable } from "./field_table.ts";
import { explainChannelClosed, explainMismatch, explainRefusal, type Mismatch } from "./refusal.ts";
import { readReply } from "./reply.ts";

/** What {@linkcode declareTopology} leaves behind. */
export interface DeclaredTopology {
  /** An open channel in confirm mode: the broker confirms what is published on it. */
  channel: Channel;
  /** Name of the queue, as the broker has it; empty if none was declared. */
  queue: string;
}

/**
 * Declares exchange, queue and bindings, in this order. Declaring what already exists with the same
 * attributes changes nothing (https://www.rabbitmq.com/docs/queues#property-equivalence).
 *
 * A sender does not declare a queue that the broker names: it is the receiver's own.
 *
 * @throws {TopologyError} If the broker refuses; a difference to what exists is told property by
 *   property.
 */
export async function declareTopology(
  connection: Connection,
  config: Config,
  role: "send" | "receive",
): Promise<DeclaredTopology> {
  const { exchange } = config;
  const queue = role === "send" && config.queue?.name === "" ? undefined : config.queue;
  try {
    const channel = connection.channel();
    // What needs no answer of another is sent at once: each one waited for would be a round trip.
    const [, declared] = await Promise.all([
      exchange && declareExchange(channel, exchange),
      queue && declareQueue(channel, queue),
      channel.confirmSelect(),
    ]);
    const name = declared?.name ?? "";
    const bindings = queue?.bindings ?? [];
    await Promise.all(bindings.map(async ({ exchange: source = exchange?.name, ...binding }) => {
      const table = toWireTable(binding.arguments);
      await channel.queueBind(name, source ?? "", binding.routing_key, table);
    }));
    return { channel, queue: name };
  } catch (error) {
    if (error instanceof RangeError) {
      throw new ConfigError("The arguments of the queue, exchange or a binding exceed 4 KB", {
        cause: error,
      });
    }
    throw await explainInequivalent(error, connection, config) ?? explainRefusal(error, config) ??
      // A reason that passes: a node that is down, a leader that moves.
      (readReply(error) ? explainChannelClosed(error, config) : error);
  }
}

// These are async so that what the client throws at once, too large arguments say, becomes a rejection:
// others are under way.

async function declareExchange(channel: Channel, exchange: ExchangeConfig): Promise<void> {
  await channel.exchangeDeclare(
    exchange.name,
    exchange.type,
    {
      passive: exchange.passive,
      durable: exchange.durable,
      autoDelete: exchange.auto_delete,
      internal: exchange.internal,
    },
    toWireTable(exchange.arguments),
  );
}

async function declareQueue(channel: Channel, queue: QueueConfig) {
  return await channel.queueDeclare(
    queue.name,
    {
      passive: queue.passive,
      durable: queue.durable,
      exclusive: queue.exclusive,
      autoDelete: queue.auto_delete,
    },
    queueArguments(queue),
  );
}

function queueArguments({ type, passive, arguments: table }: QueueConfig) {
  const known = Object.entries(table).filter(([, value]) => value !== undefined);
  const wire = toWireTable(Object.fromEntries(known) as FieldTable);
  // A classic queue that says so is not the same to RabbitMQ as one that says nothing, and most
  // that exist say nothing.
  return passive || type === "classic" ? wire : { "x-queue-type": type, ...wire };
}

const INEQUIVALENT =
  /inequivalent arg '(.*?)' for (queue|exchange) '(.*)' in vhost '(.*)': received (.*) but current is (.*)$/s;

/**
 * Finds every difference between the config and what exists. The broker names only the first one,
 * so what it named is taken over and declared again (which changes nothing: it exists) until the
 * broker has nothing more to say.
 */
async function explainInequivalent(error: unknown, connection: Connection, config: Config) {
  const mismatches: Mismatch[] = [];
  let { exchange, queue } = structuredClone(config);
  let subject: { kind: "queue" | "exchange"; name: string; vhost: string } | undefined;
  for (let refusal = error; refusal;) {
    const [, property, kind, name = "", vhost = "", wanted, current] =
      INEQUIVALENT.exec(readReply(refusal)?.text ?? "") ?? [];
    if (!property || mismatches.some((known) => known.property === property)) break;
    mismatches.push({ property, wanted: readValue(wanted), current: readValue(current) });
    subject = { kind: kind === "queue" ? kind : "exchange", name, vhost };
    try {
      const channel = connection.channel();
      if (queue && kind === "queue") {
        // What has been deleted meanwhile must not come back with somebody else's attributes.
        await declareQueue(channel, { ...queue, passive: true });
        queue = adopt(queue, property, current);
        await declareQueue(channel, queue);
      } else if (exchange) {
        await declareExchange(channel, { ...exchange, passive: true });
        exchange = adopt(exchange, property, current);
        await declareExchange(channel, exchange);
      }
      refusal = undefined;
    } catch (next) {
      refusal = next;
    }
  }
  return subject && explainMismatch(subject.kind, subject.name, mismatches, subject.vhost);
}

/** Gives an attribute or argument the value that the broker says it has. */
function adopt<T extends QueueConfig | ExchangeConfig>(
  declared: T,
  property: string,
  current = "",
): T {
  const value = readValue(current);
  if (property === "x-queue-type") return { ...declared, type: value ?? "classic" };
  if (property in declared) return { ...declared, [property]: typed(value, false) };
  const { [property]: wanted, ...others } = declared.arguments as FieldTable;
  const isNumber = typeof wanted === "number" || /of type '(?!longstr)/.test(current);
  const table = value === undefined ? others : { ...others, [property]: typed(value, isNumber) };
  return { ...declared, arguments: table };
}

/** `none`, `'true'` or `the value '5' of type 'signedint'` → the value, `undefined` for none. */
function readValue(text = "none"): string | undefined {
  // An apostrophe may stand in the value: only the last one ends it.
  return /^(?:the value )?'(.*?)'(?: of type '\w+')?$/s.exec(text)?.[1];
}

function typed(value: string | undefined, isNumber: boolean) {
  if (value === "true" || value === "false") return value === "true";
  return isNumber ? Number(value) : value;
}
