import type { Properties } from "./client_types.ts";
import type { Config, FieldTable } from "./config_schema.ts";
import { ConfigError } from "./errors.ts";
import { toWireTable } from "./field_table.ts";

/** A message on its way to the broker. */
export interface OutgoingMessage {
  /** Exchange to publish to; empty: AMQP's default exchange. */
  readonly exchange: string;
  /** Routing key; with the default exchange, the name of a queue. */
  readonly routingKey: string;
  /** Properties, always with a `messageId`: a message that is sent again keeps it. */
  readonly properties: Properties & { messageId: string };
  /** The bytes of the payload. */
  readonly body: Uint8Array;
}

/** What differs from the config's message. */
export interface MessageOverrides {
  /** Payload instead of `message.payload`: text, or bytes. */
  payload?: string | Uint8Array;
  /** Exchange instead of `exchange.name`. */
  exchange?: string;
  /** Routing key instead of `message.routing_key`. */
  routingKey?: string;
  /** Properties instead of `message.properties`, `message.headers` and `message.persistent`. */
  properties?: Properties;
  /** Content type if the config names none. Default: by the type of the payload. */
  contentType?: string;
}

const encoder = new TextEncoder();

/**
 * Makes the message that the config describes.
 *
 * @throws {ConfigError} If there is no payload, or nowhere to send it.
 */
export function createMessage(config: Config, overrides: MessageOverrides = {}): OutgoingMessage {
  const { exchange, queue, message } = config;
  if (!exchange && !queue?.name && overrides.routingKey === undefined) {
    throw new ConfigError("Cannot send: the config names neither a queue nor an exchange", {
      cure: "Set queue.name, or exchange.name",
    });
  }
  const payload = overrides.payload ?? message.payload;
  if (payload === undefined) {
    throw new ConfigError("Cannot send: there is no payload", {
      cure: "Set message.payload, or give words on the command line",
    });
  }
  const { body, contentType } = encodePayload(payload);
  const properties = overrides.properties ??
    configuredProperties(config, overrides.contentType ?? contentType);
  return {
    exchange: overrides.exchange ?? exchange?.name ?? "",
    routingKey: overrides.routingKey ?? message.routing_key ??
      (exchange ? "" : queue?.name ?? ""),
    properties: { ...properties, messageId: properties.messageId ?? crypto.randomUUID() },
    body,
  };
}

/**
 * Makes another message like one of {@linkcode createMessage}, which costs much less than making it anew:
 * the same but for its body and its `messageId`, which is kept if the config sets it.
 */
export function createAnother(
  { exchange, routingKey, properties, body: sameBody }: OutgoingMessage,
  { message }: Config,
  body: Uint8Array = sameBody,
): OutgoingMessage {
  const messageId = message.properties.message_id ?? crypto.randomUUID();
  return { exchange, routingKey, properties: { ...properties, messageId }, body };
}

/** Encodes a payload: text as UTF-8, bytes as they are, any other value as JSON. */
export function encodePayload(payload: unknown): { body: Uint8Array; contentType: string } {
  if (payload instanceof Uint8Array) {
    return { body: payload, contentType: "application/octet-stream" };
  }
  if (typeof payload === "string") {
    return { body: encoder.encode(payload), contentType: "text/plain" };
  }
  const json = JSON.stringify(payload, bigintAsNumber);
  return { body: encoder.encode(json), contentType: "application/json" };
}

function configuredProperties({ message }: Config, contentType: string): Properties {
  const { persistent, headers, properties } = message;
  const wire: Properties = {
    contentType: properties.content_type ?? contentType,
    deliveryMode: persistent ? 2 : 1,
  };
  if (Object.keys(headers).length) wire.headers = toWireTable(headers as FieldTable);
  if (properties.content_encoding !== undefined) wire.contentEncoding = properties.content_encoding;
  if (properties.priority !== undefined) wire.priority = properties.priority;
  if (properties.correlation_id !== undefined) wire.correlationId = properties.correlation_id;
  if (properties.reply_to !== undefined) wire.replyTo = properties.reply_to;
  if (properties.expiration !== undefined) wire.expiration = properties.expiration;
  if (properties.message_id !== undefined) wire.messageId = properties.message_id;
  if (properties.timestamp !== undefined) wire.timestamp = new Date(properties.timestamp * 1_000);
  if (properties.type !== undefined) wire.type = properties.type;
  if (properties.user_id !== undefined) wire.userId = properties.user_id;
  if (properties.app_id !== undefined) wire.appId = properties.app_id;
  return wire;
}

/** Integers beyond 2⁵³ are bigints here and plain numbers in JSON. */
export function bigintAsNumber(_key: string, value: unknown): unknown {
  const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };
  return typeof value === "bigint" ? rawJSON(`${value}`) : value;
}
