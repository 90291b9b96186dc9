/** Message ↔ one line of JSON, with the names that RabbitMQ's management API uses. */
import type { DeliveredMessage, Properties } from "./client_types.ts";
import { ConfigError } from "./errors.ts";
import { bigintAsNumber, createMessage, type OutgoingMessage } from "./message.ts";
import type { Config } from "./config_schema.ts";
import {
  decodeBase64,
  fromJson,
  isObject,
  isSeconds,
  isTable,
  type JsonObject,
  seconds,
  toJson,
} from "./field_json.ts";
import { parseJson } from "./parse_json.ts";
import { decodeUtf8, escapeJson, escapeText } from "./terminal.ts";

/** AMQP's name of a property and the client's. */
const PROPERTIES = {
  content_type: "contentType",
  content_encoding: "contentEncoding",
  headers: "headers",
  delivery_mode: "deliveryMode",
  priority: "priority",
  correlation_id: "correlationId",
  reply_to: "replyTo",
  expiration: "expiration",
  message_id: "messageId",
  timestamp: "timestamp",
  type: "type",
  user_id: "userId",
  app_id: "appId",
} as const satisfies Record<string, keyof Properties>;

/** What a line can have; the last two are in what the management API gives besides. */
const KEYS = new Set([
  ...["payload", "payload_encoding", "exchange", "routing_key", "redelivered", "properties"],
  ...["payload_bytes", "message_count"],
]);

/**
 * Writes a message as one line of JSON, without a newline: `payload` with its `payload_encoding`
 * (`string` or `base64`), `exchange`, `routing_key`, `redelivered`, `properties`.
 */
export function toJsonLine(message: DeliveredMessage): string {
  const body = message.body ?? new Uint8Array();
  const text = decodeUtf8(body);
  return writeLine({
    payload: text ?? body.toBase64(),
    payload_encoding: text === undefined ? "base64" : "string",
    ...toJsonHead(message),
  });
}

/** What {@linkcode toJsonLine} writes of a message besides its payload; timestamps are in seconds. */
export function toJsonHead(
  message: Pick<DeliveredMessage, "exchange" | "routingKey" | "redelivered" | "properties">,
): JsonObject & { properties: JsonObject } {
  const { exchange, routingKey, redelivered } = message;
  const properties: JsonObject = {};
  for (const [name, key] of Object.entries(PROPERTIES)) {
    const value = message.properties[key];
    if (value === undefined) continue;
    properties[name] = value instanceof Date ? seconds(value) : toJson(value);
  }
  return { exchange, routing_key: routingKey, redelivered, properties };
}

/** Writes a value as JSON on one line, which no invisible character is left in. */
export function writeLine(value: object): string {
  // JSON leaves what drives a terminal as it is, except for the ASCII controls.
  return escapeJson(JSON.stringify(value, bigintAsNumber));
}

/**
 * Reads a line of {@linkcode toJsonLine} and makes the message that sends it again, to the exchange
 * and routing key that the config says (default: those of the line).
 *
 * @throws {ConfigError} If it is no such line; `where` names it.
 */
export function fromJsonLine(line: Uint8Array, config: Config, where: string): OutgoingMessage {
  const wrong = (why: string) =>
    new ConfigError(`${where}: ${why}`, {
      cure: "A line must be as receive --format json writes it; without --format it is text",
    });
  let value: unknown;
  try {
    const text = decodeUtf8(line);
    if (text === undefined) throw wrong("not UTF-8 text");
    value = parseJson(text);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw wrong(`not a line of JSON: ${escapeText((error as Error).message)}`);
  }
  if (!isObject(value)) throw wrong("not a JSON object");
  const unknown = Object.keys(value).find((key) => !KEYS.has(key));
  if (unknown !== undefined) {
    throw wrong(
      Object.hasOwn(PROPERTIES, unknown)
        ? `"${unknown}" belongs into "properties"`
        : `unknown key "${escapeText(unknown)}"`,
    );
  }
  const { payload, payload_encoding = "string", exchange, routing_key, properties } = value;
  if (payload === undefined) throw wrong('"payload" is missing');
  if (typeof payload !== "string") throw wrong('"payload" must be a string');
  if (payload_encoding !== "string" && payload_encoding !== "base64") {
    throw wrong('"payload_encoding" must be "string" or "base64"');
  }
  if (properties !== undefined && !isObject(properties)) {
    throw wrong('"properties" must be an object');
  }
  const text = (name: string, value: unknown) => {
    if (value !== undefined && typeof value !== "string") throw wrong(`"${name}" must be a string`);
    return value;
  };
  const configured = config.exchange !== undefined || config.queue !== undefined;
  return createMessage(config, {
    payload: payload_encoding === "base64" ? decodeBase64("payload", payload, wrong) : payload,
    ...(properties && { properties: readProperties(properties, wrong) }),
    ...(!configured && {
      exchange: text("exchange", exchange) ?? "",
      routingKey: text("routing_key", routing_key) ?? "",
    }),
  });
}

function readProperties(json: JsonObject, wrong: (why: string) => ConfigError): Properties {
  const properties: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    if (!Object.hasOwn(PROPERTIES, name)) throw wrong(`unknown property "${escapeText(name)}"`);
    const key = PROPERTIES[name as keyof typeof PROPERTIES];
    const isRight = key === "headers"
      ? isTable(value)
      : key === "timestamp"
      ? isSeconds(value)
      : key === "deliveryMode" || key === "priority"
      ? Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255
      : typeof value === "string";
    if (!isRight) throw wrong(`property "${name}" has a value of the wrong type`);
    properties[key] = key === "timestamp"
      ? new Date(value as number * 1_000)
      : fromJson(value, wrong);
  }
  return properties;
}
