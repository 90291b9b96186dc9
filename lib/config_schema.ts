/**
 * Every key of config.yaml: its type, default, unit and description; a section in each
 * config_schema_*.ts, and here what ties them. The one source of truth: config.schema.json and
 * docs/configuration.md are made from it (`deno task schema`).
 */
import * as v from "valibot";
import { broker } from "./config_schema_broker.ts";
import { message } from "./config_schema_message.ts";
import { receive } from "./config_schema_receive.ts";
import { exchange, queue } from "./config_schema_topology.ts";
import { mapping } from "./config_values.ts";

export type { Field, FieldTable } from "./config_values.ts";

/** In bytes: AMQP's 255 less what failures.ts puts after the name. */
const LONGEST_WORKED_ON = 225;

/** The schema of config.yaml; defaults are filled in, durations become ms. */
export const ConfigSchema = v.pipe(
  mapping(v.strictObject({
    broker: v.optional(broker, {}),
    exchange: v.optional(exchange),
    queue: v.optional(queue),
    message: v.optional(message, {}),
    receive: v.optional(receive, {}),
  })),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.exchange) return;
    const { queue } = dataset.value;
    queue?.bindings.forEach((binding, key) => {
      if (binding.exchange !== undefined) return;
      addIssue({
        message: "names no exchange: set its exchange, or exchange.name",
        path: [
          { type: "object", origin: "value", input: dataset.value, key: "queue", value: queue },
          { type: "object", origin: "value", input: queue, key: "bindings", value: queue.bindings },
          { type: "array", origin: "value", input: queue.bindings, key, value: binding },
        ],
      });
    });
  }),
  v.forward(
    v.check(
      ({ queue, receive }) => receive.offset === undefined || !queue || queue.type === "stream",
      "is for streams: write queue.type: stream, or remove it",
    ),
    ["receive", "offset"],
  ),
  v.forward(
    v.check(
      ({ queue, receive: { handler, exec, dead_letter } }) =>
        !(handler ?? exec) || dead_letter === undefined || dead_letter !== queue?.name,
      "is the queue that is worked on: what fails would come again at once",
    ),
    ["receive", "dead_letter"],
  ),
  v.forward(
    v.check(
      ({ queue, receive: { handler, exec, retry } }) =>
        !(handler ?? exec) || queue?.type !== "stream" || retry.attempts === 1,
      "must be {attempts: 1} for a stream: others would read again what is tried again",
    ),
    ["receive", "retry"],
  ),
  v.forward(
    v.check(
      ({ queue, receive: { handler, exec } }) =>
        !(handler ?? exec) || new TextEncoder().encode(queue?.name).length <= LONGEST_WORKED_ON,
      "is longer than 225 bytes, and the queues for what fails have longer names",
    ),
    ["queue", "name"],
  ),
);

/**
 * What the schema makes of a file.
 *
 * @internal
 */
type Output = v.InferOutput<typeof ConfigSchema>;
/**
 * A valid configuration with all its defaults; durations are in ms, paths are absolute. Its keys are
 * those of config.yaml, which docs/configuration.md describes.
 */
export interface Config extends Output {}
/** `broker` of a {@linkcode Config}. */
export type BrokerConfig = Config["broker"];
/** `exchange` of a {@linkcode Config}. */
export type ExchangeConfig = NonNullable<Config["exchange"]>;
/** `queue` of a {@linkcode Config}. */
export type QueueConfig = NonNullable<Config["queue"]>;
/** `receive` of a {@linkcode Config}. */
export type ReceiveConfig = Config["receive"];
/** `message` of a {@linkcode Config}. */
export type MessageConfig = Config["message"];
