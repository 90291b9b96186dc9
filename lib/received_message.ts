import type { DeliveredMessage } from "./client_types.ts";
import { isJsonType } from "./content_type.ts";
import type { ReceivedMessage } from "./handler.ts";
import { parseJson } from "./parse_json.ts";
import { decodeUtf8 } from "./terminal.ts";

/**
 * Makes a delivered message what a handler gets. Its `payload` is a JSON value if the content type says
 * so and it parses; else text if it is UTF-8; else bytes.
 */
export function toReceivedMessage(message: DeliveredMessage): ReceivedMessage {
  const { properties, exchange, routingKey, redelivered } = message;
  const body = message.body ?? new Uint8Array();
  const payload = decode(body, properties.contentType);
  return { body, payload, properties, exchange, routingKey, redelivered };
}

function decode(body: Uint8Array, contentType = ""): unknown {
  const text = decodeUtf8(body);
  if (text === undefined) return body;
  if (!isJsonType(contentType)) return text;
  try {
    return parseJson(text);
  } catch {
    // Whether that is an error is for the handler to say.
    return text;
  }
}
