/** What is done with a message: the types that a handler is written against. */
import type { Properties } from "./client_types.ts";

/** A message as a handler gets it. */
export interface ReceivedMessage {
  /** The bytes of the payload. */
  readonly body: Uint8Array;
  /**
   * The payload, decoded: by its `content_type` of `application/json` the JSON value (integers beyond
   * 2⁵³ as bigint); else text if it is UTF-8, and bytes if it is not.
   */
  readonly payload: unknown;
  /** AMQP's properties, under the client's names: `contentType`, `correlationId`, `headers`, … */
  readonly properties: Properties;
  /** Exchange that it was published to; empty: the default exchange. */
  readonly exchange: string;
  /** Routing key that it was published with. */
  readonly routingKey: string;
  /** Whether it was delivered before, to this consumer or another. */
  readonly redelivered: boolean;
}

/** What a handler is told besides the message. */
export interface HandlerContext {
  /** Which try of this message it is, from 1 on. */
  readonly attempt: number;
  /** The queue that it was taken from. */
  readonly queue: string;
  /** Aborted when `receive.timeout` is over: then the message has failed, whatever comes of it. */
  readonly signal: AbortSignal;
}

/**
 * Does something with one message. When it returns, or its promise resolves, the message is
 * acknowledged; when it throws, or the promise rejects, the message is tried again, or dead-lettered.
 * If the message asks for an answer (`reply_to`), that is what it returns: text, bytes, or any other
 * value as JSON; `undefined` is an empty answer.
 */
export type Handler = (message: ReceivedMessage, context: HandlerContext) => unknown;
