/** Messages as a handler gets them, for tests that have no broker. */
import type { HandlerContext, ReceivedMessage } from "../../lib/handler.ts";

/** Makes a message; whatever is not given is as plain as can be. */
export function received(message: Partial<ReceivedMessage> = {}): ReceivedMessage {
  const body = message.body ?? new Uint8Array();
  const plain = { payload: "", properties: {}, exchange: "", routingKey: "q", redelivered: false };
  return { ...plain, ...message, body };
}

/** Makes what a handler is told besides. */
export function contextOf(context: Partial<HandlerContext> = {}): HandlerContext {
  return { attempt: 1, queue: "q", signal: new AbortController().signal, ...context };
}
