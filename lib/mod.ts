/**
 * Send and receive RabbitMQ (AMQP 0-9-1) messages from one declarative config.
 *
 * @module
 */
export { type ConfigOptions, type ConfigStep, loadConfig, parseConfig } from "./config.ts";
export type {
  BrokerConfig,
  Config,
  ExchangeConfig,
  Field,
  FieldTable,
  MessageConfig,
  QueueConfig,
  ReceiveConfig,
} from "./config_schema.ts";
export type { Connection } from "./connection.ts";
export { consume, type ConsumeOptions, type Handled } from "./consume.ts";
export { declareThenAct, type DeclareThenActOptions, type Session } from "./declare_then_act.ts";
export { Endpoint } from "./endpoint.ts";
export {
  AmqpTasksError,
  ConfigError,
  ConnectionError,
  type ErrorDetails,
  ExitCode,
  OutputError,
  PublishError,
  TopologyError,
} from "./errors.ts";
export type { Handler, HandlerContext, ReceivedMessage } from "./handler.ts";
export { loadHandler } from "./load_handler.ts";
export { createMessage, type MessageOverrides, type OutgoingMessage } from "./message.ts";
export { type Messages, publish, type PublishCounts, type PublishOptions } from "./publish.ts";
export { receive, type ReceiveOptions } from "./receive.ts";
export { replay, type ReplayOptions } from "./replay.ts";
export { request, type RequestOptions } from "./request.ts";
export { send, type SendOptions } from "./send.ts";
