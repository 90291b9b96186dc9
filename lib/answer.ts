import type { DeliveredMessage } from "./client_types.ts";
import { encodePayload, type OutgoingMessage } from "./message.ts";

/**
 * Makes the answer to a message that asks for one (`reply_to`): text, bytes, or any other value as
 * JSON; `undefined` is empty. Returns `undefined` if it asks for none.
 */
export function answerTo(request: DeliveredMessage, value: unknown): OutgoingMessage | undefined {
  return makeAnswer(request, value === undefined ? new Uint8Array() : value);
}

/** Makes the answer that tells an error: of type `error`, header `x-error`, the reason as text. */
export function errorAnswerTo(
  request: DeliveredMessage,
  reason: string,
): OutgoingMessage | undefined {
  return makeAnswer(request, reason, { type: "error", headers: { "x-error": true } });
}

function makeAnswer(
  { properties: { replyTo, correlationId } }: DeliveredMessage,
  value: unknown,
  marks: Partial<OutgoingMessage["properties"]> = {},
): OutgoingMessage | undefined {
  if (!replyTo) return undefined;
  const { body, contentType } = encodePayload(value);
  const messageId = crypto.randomUUID();
  const properties = {
    ...marks,
    contentType,
    messageId,
    ...(correlationId !== undefined && { correlationId }),
  };
  return { exchange: "", routingKey: replyTo, properties, body };
}
