/** What becomes of messages that a handler fails on: tried again after a delay, then dead-lettered. */
import type { DeliveredMessage, Properties } from "./client_types.ts";
import type { Config } from "./config_schema.ts";
import type { Connection } from "./connection.ts";
import type { Session } from "./declare_then_act.ts";
import { ConfigError, TopologyError } from "./errors.ts";
import { LONGEST_SHORT_STRING, toWireTable } from "./field_table.ts";
import type { OutgoingMessage } from "./message.ts";
import { explainRefusal } from "./refusal.ts";
import { readReply } from "./reply.ts";

/** Headers of a message that has failed; `replay` takes them off again. */
const HEADERS = {
  /** Which try is next. */
  attempt: "x-attempt",
  /** Why it failed last. */
  reason: "x-failed-reason",
  /** When, as a timestamp. */
  at: "x-failed-at",
  /** The queue that it was taken from. */
  queue: "x-failed-queue",
  /** Where it was published to at first. */
  exchange: "x-failed-exchange",
  routingKey: "x-failed-routing-key",
  /** What a copy cannot have: it would expire early, or be refused as another user's. */
  expiration: "x-failed-expiration",
  userId: "x-failed-user-id",
} as const;

/** What RabbitMQ notes by itself, or would send to other queues again. */
const NOT_COPIED = /^(x-death|x-(first|last)-death-.*|x-delivery-count|x-stream-offset|CC|BCC)$/;
/** How much of a reason is kept, in characters: headers have to fit into a frame. */
const LONGEST_REASON = 1_000;

const encoder = new TextEncoder();

/** The queue for messages that have failed for good. */
export function deadLetterQueue({ queue, exchange, receive }: Config): string {
  return receive.dead_letter ?? `${queue?.name || exchange?.name || "amqp-tasks"}.dead-letter`;
}

/** Which try of a message from this queue it is, from 1 on. */
export function attemptOf({ properties }: DeliveredMessage, queue: string): number {
  const { [HEADERS.attempt]: attempt, [HEADERS.queue]: failedIn } = properties.headers ?? {};
  // One that was moved here by other means has failed elsewhere.
  return failedIn === queue && typeof attempt === "number" && attempt >= 1 ? attempt : 1;
}

/** Where failed messages of one queue go to. */
export class Failures {
  readonly #attempts: number;
  readonly #delay: number;
  readonly #isExclusive: boolean;
  readonly #retryQueue: string;
  readonly #deadLetterQueue: string;

  /**
   * Takes the name of the queue as the broker has it.
   *
   * @throws {ConfigError} If the queue is a stream and a message is to be tried again.
   */
  constructor(readonly config: Config, readonly queue: string) {
    const { attempts, delay } = config.receive.retry;
    if (config.queue?.type === "stream" && attempts > 1) {
      throw new ConfigError("Cannot try messages of a stream again: others read it too", {
        cure: "Set receive.retry: {attempts: 1}",
      });
    }
    this.#attempts = attempts;
    this.#delay = delay;
    this.#isExclusive = config.queue?.exclusive ?? false;
    // The delay is in the name, because a queue keeps the one that it was declared with.
    // Names that begin with amq. are the broker's own; one for this connection only can be any.
    this.#retryQueue = this.#isExclusive
      ? `amqp-tasks.retry.${crypto.randomUUID()}`
      : `${queue}.retry.${delay}ms`;
    this.#deadLetterQueue = deadLetterQueue(config);
  }

  /**
   * Declares the queues that failed messages go to; the queue itself stays as it is.
   *
   * @throws {TopologyError} If the broker refuses.
   */
  async declare({ channel, connection }: Session): Promise<void> {
    const quorum = { "x-queue-type": "quorum" };
    // One that exists may be of any kind, and stays as it is.
    if (!await this.#exists(connection, this.#deadLetterQueue)) {
      await channel.queueDeclare(this.#deadLetterQueue, { durable: true }, quorum);
    }
    if (this.#attempts === 1) return;
    const back = {
      "x-message-ttl": this.#delay,
      "x-dead-letter-exchange": "",
      "x-dead-letter-routing-key": this.queue,
    };
    // A message is deleted from here only once the queue has confirmed it.
    const safely = {
      ...quorum,
      "x-dead-letter-strategy": "at-least-once",
      "x-overflow": "reject-publish",
    };
    await (this.#isExclusive
      ? channel.queueDeclare(this.#retryQueue, { durable: false, exclusive: true }, back)
      : channel.queueDeclare(this.#retryQueue, { durable: true }, { ...back, ...safely }));
  }

  async #exists(connection: Connection, queue: string): Promise<boolean> {
    // A refusal closes the channel.
    const channel = connection.channel();
    try {
      await channel.queueDeclare(queue, { passive: true });
    } catch (error) {
      if (readReply(error)?.code === 404) return false;
      const refusal = explainRefusal(error, this.config);
      if (!refusal) throw error;
      throw new TopologyError(refusal.message, {
        cure: "It is where messages go that fail: choose another receive.dead_letter",
        cause: error,
      });
    }
    // Nothing depends on the answer, which does not come if the connection is lost.
    channel.close().catch(() => {});
    return true;
  }

  /**
   * Makes the copy that is to be published before a failed message is acknowledged, and says in a few
   * words what becomes of it: dead-lettered after the last attempt, or if `isLast`. With `isBare`
   * it has no headers of the message's own, and no property that is too long: for a message that
   * cannot be sent again as it is.
   */
  copy(
    message: DeliveredMessage,
    reason: string,
    options: { isLast?: boolean; isBare?: boolean } = {},
  ): { copy: OutgoingMessage; fate: string } {
    const attempt = attemptOf(message, this.queue);
    const isLast = options.isLast || attempt >= this.#attempts;
    const to = isLast ? this.#deadLetterQueue : this.#retryQueue;
    const fate = isLast
      ? `dead-lettered to ${this.#deadLetterQueue}`
      : `tried again in ${this.#delay / 1_000} s`;
    const all = options.isBare ? sendable(message.properties) : message.properties;
    const { expiration, userId, headers = {}, ...properties } = all;
    const first = (header: string, value: string | undefined) =>
      value === undefined || header in headers ? {} : { [header]: value };
    return {
      fate: `attempt ${attempt} of ${this.#attempts}, ${fate}`,
      copy: outgoing(message.body, to, properties, {
        ...copied(headers),
        ...first(HEADERS.exchange, message.exchange),
        ...first(HEADERS.routingKey, message.routingKey),
        ...first(HEADERS.expiration, expiration),
        ...first(HEADERS.userId, userId),
        [HEADERS.queue]: this.queue,
        [HEADERS.reason]: reason.slice(0, LONGEST_REASON),
        [HEADERS.at]: new Date(),
        [HEADERS.attempt]: attempt + (isLast ? 0 : 1),
      }),
    };
  }
}

/** Makes of a dead-lettered message the one that it was, for the queue in which it failed. */
export function revive(message: DeliveredMessage, fallback: string): OutgoingMessage {
  const { headers = {}, ...properties } = message.properties;
  const text = (header: string) =>
    typeof headers[header] === "string" ? headers[header] : undefined;
  const expiration = text(HEADERS.expiration);
  const own: string[] = Object.values(HEADERS);
  const others = Object.entries(copied(headers)).filter(([name]) => !own.includes(name));
  return outgoing(
    message.body,
    text(HEADERS.queue) ?? fallback,
    { ...properties, ...(expiration !== undefined && { expiration }) },
    Object.fromEntries(others),
  );
}

function copied(headers: NonNullable<Properties["headers"]>): NonNullable<Properties["headers"]> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_COPIED.test(name)));
}

/** The properties that can be sent again whatever is in them: no headers, and no text that is too long. */
function sendable({ headers: _, ...properties }: Properties): Properties {
  const isShort = (value: unknown) =>
    typeof value !== "string" || encoder.encode(value).length <= LONGEST_SHORT_STRING;
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => isShort(value)));
}

function outgoing(
  body: Uint8Array | null,
  queue: string,
  properties: Properties,
  headers: NonNullable<Properties["headers"]>,
): OutgoingMessage {
  const messageId = properties.messageId ?? crypto.randomUUID();
  return {
    exchange: "",
    routingKey: queue,
    properties: { ...properties, headers: toWireTable(headers), messageId },
    body: body ?? new Uint8Array(),
  };
}
