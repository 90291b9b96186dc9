/**
 * Every key of config.yaml: its type, default, unit and description. The one source of truth:
 * config.schema.json and docs/configuration.md are made from it (`deno task schema`).
 */
import * as v from "valibot";
import {
  duration,
  mapping,
  name,
  NO_DURATION,
  shortString,
  streamOffset,
  table,
  whole,
} from "./config_values.ts";
import { host, isBrokerUrl } from "./host.ts";
import { queueArguments } from "./queue_arguments.ts";

export type { Field, FieldTable } from "./config_values.ts";

const tls = v.pipe(
  v.union([
    v.boolean(),
    mapping(v.strictObject({
      ca: v.optional(v.pipe(
        v.string(),
        v.description("File with the CA certificates to trust instead of those (PEM)"),
      )),
      cert: v.optional(v.pipe(v.string(), v.description("File with the client certificate (PEM)"))),
      key: v.optional(
        v.pipe(v.string(), v.description("File with the client's private key (PEM)")),
      ),
    })),
  ]),
  v.description(
    "true: TLS, verified with Mozilla's CA certificates. Or ca, cert, key: files, relative to the config file",
  ),
);

const broker = v.pipe(
  mapping(v.strictObject({
    url: v.optional(v.pipe(
      v.string(),
      v.check(isBrokerUrl, "is not like amqp://user:password@host:port/vhost or amqps://…"),
      v.description(
        "amqp:// or amqps:// URL, as cloud providers hand it out, instead of the parts",
      ),
    )),
    host: v.pipe(
      v.optional(v.union([host, v.pipe(v.array(host), v.minLength(1, "is empty"))])),
      v.description(
        "Host or host:port; or a list of them, the nodes of a cluster. Default: localhost",
      ),
    ),
    port: v.pipe(
      v.optional(whole(1, 65535)),
      v.description("Port of the hosts that name none. Default: 5672, with TLS 5671"),
    ),
    vhost: v.pipe(v.optional(name), v.description("Virtual host. Default: /")),
    username: v.pipe(v.optional(name), v.description("User name. Default: guest")),
    password: v.pipe(
      v.optional(v.string()),
      v.description("Password; better ${AMQP_PASSWORD} than in the file. Default: guest"),
    ),
    tls: v.optional(tls),
    heartbeat: v.pipe(
      v.optional(
        v.pipe(
          duration,
          v.check(
            (ms) => ms % 1_000 === 0 && ms <= 65_535_000,
            "is not in whole seconds, at most 65535s",
          ),
        ),
        "10s",
      ),
      v.description(
        "A connection that is silent for one and a half heartbeats is lost. Whole seconds; 0s turns it off",
      ),
    ),
    connect_timeout: v.pipe(
      v.optional(duration, "10s"),
      v.description("How long one host may take for TCP, TLS and login together"),
    ),
    retry: v.pipe(
      v.optional(v.union([v.literal("forever"), duration], NO_DURATION)),
      v.description(
        "How long to keep trying to connect: a duration or forever. Default: the first connection is tried once at every host, a lost one for 5m",
      ),
    ),
  })),
  v.check(
    ({ url, host, port, vhost, username, password }) =>
      url === undefined ||
      [host, port, vhost, username, password].every((part) => part === undefined),
    "has both url and host, port, vhost, username or password: keep one or the other (--set 'broker={url: …}' replaces all of it)",
  ),
  v.check(
    ({ url, tls }) => !(tls && url && /^amqp:/i.test(url)),
    "has tls, but an amqp:// url: write amqps://",
  ),
  v.check(
    ({ url, tls }) => !(tls === false && url && /^amqps:/i.test(url)),
    "has tls: false, but an amqps:// url: write amqp://",
  ),
  v.check(
    ({ tls }) => typeof tls !== "object" || (tls.cert === undefined) === (tls.key === undefined),
    "has only one of tls.cert and tls.key: a client certificate needs both",
  ),
  v.description("Where the broker is and how to log in"),
);

const exchange = v.pipe(
  mapping(v.strictObject({
    name: v.pipe(name, v.description("Name of the exchange to declare and publish to")),
    type: v.pipe(
      v.optional(name, "direct"),
      v.description("direct, fanout, topic, headers, or the type of a plugin"),
    ),
    durable: v.pipe(
      v.optional(v.boolean(), true),
      v.description("Survives a restart of the broker"),
    ),
    auto_delete: v.pipe(
      v.optional(v.boolean(), false),
      v.description("Deleted when its last binding is removed"),
    ),
    internal: v.pipe(
      v.optional(v.boolean(), false),
      v.description("Only other exchanges can publish to it"),
    ),
    passive: v.pipe(v.optional(v.boolean(), false), v.description("Must exist; is not declared")),
    arguments: v.pipe(
      v.optional(table, {}),
      v.description("Optional arguments, such as alternate-exchange"),
    ),
  })),
  v.description("The exchange to declare and publish to. Without it: AMQP's default exchange"),
);

const binding = mapping(v.strictObject({
  exchange: v.pipe(v.optional(name), v.description("Exchange to bind to. Default: exchange.name")),
  routing_key: v.pipe(v.optional(shortString, ""), v.description("Routing (binding) key")),
  arguments: v.pipe(
    v.optional(table, {}),
    v.description("Arguments, such as x-match for a headers exchange"),
  ),
}));

const queue = v.pipe(
  mapping(v.strictObject({
    name: v.pipe(
      shortString,
      v.description('Name of the queue; "" lets the broker name a queue of the receiver\'s own'),
    ),
    type: v.pipe(
      v.optional(v.picklist(["quorum", "classic", "stream"])),
      v.description(
        "quorum, classic or stream. Default: quorum; classic if exclusive, auto_delete or not durable",
      ),
    ),
    durable: v.pipe(
      v.optional(v.boolean()),
      v.description(
        "Survives a restart of the broker. Default: true; false for a queue without name",
      ),
    ),
    exclusive: v.pipe(
      v.optional(v.boolean()),
      v.description(
        "Of this connection only, deleted with it. Default: false; true for a queue without name",
      ),
    ),
    auto_delete: v.pipe(
      v.optional(v.boolean(), false),
      v.description("Deleted when its last consumer leaves"),
    ),
    passive: v.pipe(
      v.optional(v.boolean(), false),
      v.description("Must exist; is not declared, and its other attributes are not compared"),
    ),
    arguments: v.optional(queueArguments, {}),
    bindings: v.pipe(
      v.optional(v.array(binding), []),
      v.description("Bindings to declare from exchanges to the queue"),
    ),
  })),
  v.description("The queue to declare"),
  v.transform(completeQueue),
  v.check(
    ({ type, durable, exclusive, auto_delete, passive }) =>
      passive || type === "classic" || (durable && !exclusive && !auto_delete),
    "cannot be of type quorum or stream and exclusive, auto_delete or not durable: write type: classic",
  ),
  v.check(
    ({ name, passive }) => !(passive && name === ""),
    "is passive but has no name: name the queue that must exist",
  ),
);

const properties = v.pipe(
  mapping(v.strictObject({
    content_type: v.pipe(
      v.optional(name),
      v.description("MIME type. Default: by payload, text/plain, application/json or octet-stream"),
    ),
    content_encoding: v.pipe(
      v.optional(name),
      v.description("Such as gzip; nothing is encoded here"),
    ),
    priority: v.pipe(v.optional(whole(0, 255)), v.description("For queues with x-max-priority")),
    correlation_id: v.pipe(v.optional(name), v.description("Ties an answer to its request")),
    reply_to: v.pipe(v.optional(name), v.description("Queue that an answer goes to")),
    expiration: v.pipe(
      v.optional(
        v.pipe(v.string(), v.regex(/^\d+$/, "is not a text of digits: ms, such as '5000'")),
      ),
      v.description("Time to live in the queue, in ms, as text"),
    ),
    message_id: v.pipe(
      v.optional(name),
      v.description("Default: a random UUID, new for each message"),
    ),
    timestamp: v.pipe(
      // A Date ends there.
      v.optional(whole(0, 8_640_000_000_000)),
      v.description("Seconds since 1970-01-01 UTC, as AMQP has it"),
    ),
    type: v.pipe(v.optional(name), v.description("Name of the message's type, for applications")),
    user_id: v.pipe(v.optional(name), v.description("Must be the user who is logged in")),
    app_id: v.pipe(v.optional(name), v.description("Name of the sending application")),
  })),
  v.description("AMQP properties of the message"),
);

const message = v.pipe(
  mapping(v.strictObject({
    payload: v.pipe(
      v.optional(v.pipe(
        v.any(),
        v.check((payload) => payload !== null, 'is empty: write "" for an empty message'),
        v.check(isJson, "holds a number or bytes that JSON cannot: .nan, .inf or !!binary"),
      )),
      v.description(
        "Text is sent as UTF-8, !!binary as bytes, any other value as JSON. Words on the command line replace it",
      ),
    ),
    file: v.pipe(
      v.optional(v.string()),
      v.description("File whose bytes are sent instead of a payload; relative to the config file"),
    ),
    routing_key: v.pipe(
      v.optional(shortString),
      v.description("Routing key. Default: queue.name; with an exchange, the empty key"),
    ),
    persistent: v.pipe(
      v.optional(v.boolean(), true),
      v.description("Written to disk by the broker (delivery mode 2)"),
    ),
    mandatory: v.pipe(
      v.optional(v.boolean(), true),
      v.description(
        "A message that reaches no queue is not accepted. false: then nobody wanted it, as in publish/subscribe",
      ),
    ),
    reply: v.optional(v.pipe(
      mapping(v.strictObject({
        timeout: v.pipe(
          v.optional(duration, "30s"),
          v.description("How long to wait for the answer, from sending on"),
        ),
      })),
      v.description(
        "send waits for an answer (RPC) and prints it; reply_to and correlation_id are set",
      ),
    )),
    confirm_timeout: v.pipe(
      v.optional(duration),
      v.description("How long to wait for the broker's confirmation. Default: without end"),
    ),
    properties: v.optional(properties, {}),
    headers: v.pipe(v.optional(table, {}), v.description("Headers of the message")),
  })),
  v.check(
    ({ payload, file }) => payload === undefined || file === undefined,
    "has both payload and file: keep one",
  ),
  v.check(
    ({ reply, properties: { reply_to, correlation_id } }) =>
      reply === undefined || (reply_to === undefined && correlation_id === undefined),
    "has reply, which sets properties.reply_to and properties.correlation_id: remove those",
  ),
  v.description("The message to send"),
);

const receive = v.pipe(
  mapping(v.strictObject({
    prefetch: v.pipe(
      v.optional(whole(1, 65535)),
      v.description(
        "How many messages may be delivered and not yet acknowledged. Default: 200; with handler or exec, concurrency",
      ),
    ),
    ack: v.pipe(
      v.optional(v.picklist(["on_success", "on_delivery"]), "on_success"),
      v.description(
        "on_success: acknowledged once written, or handled. on_delivery: acknowledged as it comes (like AMQP's no-ack, but with prefetch), so lost if writing fails",
      ),
    ),
    offset: v.pipe(
      v.optional(streamOffset),
      v.description(
        "Where to begin in a stream: first, last (the last chunk), next, the number of a message, a time such as 2026-11-24T10:00:00Z, or how long ago, such as 1h or 7D (Y, M, D, h, m, s). Default: next",
      ),
    ),
    handler: v.pipe(
      v.optional(v.string()),
      v.description(
        "TypeScript or JavaScript file whose default export, (message, context) => unknown, is called with each message in place of printing it; relative to the config file",
      ),
    ),
    exec: v.pipe(
      v.optional(v.pipe(v.array(v.string()), v.minLength(1, "is empty: name a command"))),
      v.description(
        "Command and its arguments, run for each message in place of printing it (deno task work): the payload is its standard input, exit 0 success. No shell; with a / in it, relative to the config file",
      ),
    ),
    concurrency: v.pipe(
      v.optional(whole(1, 1000), 1),
      v.description("How many messages handler or exec works on at a time"),
    ),
    timeout: v.pipe(
      v.optional(duration, "5m"),
      v.description(
        "How long handler or exec may take for one message before it has failed; less than the broker's consumer_timeout (30m)",
      ),
    ),
    retry: v.optional(
      v.pipe(
        mapping(v.strictObject({
          attempts: v.pipe(
            v.optional(whole(1, 1000), 3),
            v.description("How often a message is tried in all before it is dead-lettered"),
          ),
          delay: v.pipe(
            v.optional(
              v.pipe(
                duration,
                v.check((ms) => ms >= 1 && ms % 1 === 0, "is not in whole ms from 1 on"),
              ),
              "10s",
            ),
            v.description("How long to wait before it is tried again"),
          ),
        })),
        v.description("What becomes of a message that handler or exec fails on"),
      ),
      {},
    ),
    dead_letter: v.pipe(
      v.optional(name),
      v.description(
        "Queue for messages that failed for good, with the reason in their headers. Default: queue.name with .dead-letter after it",
      ),
    ),
  })),
  v.check(
    ({ handler, exec }) => handler === undefined || exec === undefined,
    "has both handler and exec: keep one",
  ),
  v.check(
    ({ handler, exec, ack }) => ack === "on_success" || !(handler ?? exec),
    "has ack: on_delivery and a handler or exec, which would lose what fails: remove ack",
  ),
  v.description("How to receive"),
  v.transform(({ prefetch, ...rest }) => ({
    ...rest,
    prefetch: prefetch ?? (rest.handler ?? rest.exec ? rest.concurrency : 200),
  })),
);

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

/** Fills in what depends on other keys, so that the defaults are legal together. */
function completeQueue<
  Q extends {
    name: string;
    type?: "quorum" | "classic" | "stream" | undefined;
    durable?: boolean | undefined;
    exclusive?: boolean | undefined;
    auto_delete: boolean;
  },
>(queue: Q) {
  const exclusive = queue.exclusive ?? queue.name === "";
  const durable = queue.durable ?? queue.name !== "";
  const type = queue.type ?? (exclusive || queue.auto_delete || !durable ? "classic" : "quorum");
  return { ...queue, exclusive, durable, type };
}

function isJson(value: unknown, depth = 0): boolean {
  if (value instanceof Uint8Array) return depth === 0;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every((item) => isJson(item, depth + 1));
}
