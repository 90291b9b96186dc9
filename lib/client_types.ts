/** The types of `@cloudamqp/amqp-client` that this API passes on; its documentation describes them. */
import type * as client from "@cloudamqp/amqp-client";

/**
 * A channel.
 *
 * @internal
 */
export type Channel = client.AMQPChannel;

/**
 * A message that was delivered.
 *
 * @internal
 */
export type DeliveredMessage = client.AMQPMessage;

/**
 * AMQP's basic properties, under the client's names.
 *
 * @internal
 */
export type Properties = client.AMQPProperties;
