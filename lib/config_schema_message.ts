import * as v from "valibot";
import { duration, mapping, name, shortString, table, whole } from "./config_values.ts";

const properties = v.pipe(
  mapping(v.strictObject({
    content_type: v.pipe(
      v.optional(name),
      v.description(
        "MIME type of the payload. Default: by payload, text/plain, application/json or application/octet-stream",
      ),
      v.metadata({ examples: ["application/json", "text/plain", "text/csv"] }),
    ),
    content_encoding: v.pipe(
      v.optional(name),
      v.description("How the payload is encoded already; nothing is encoded here"),
      v.metadata({ examples: ["gzip"] }),
    ),
    priority: v.pipe(
      v.optional(whole(0, 255)),
      v.description(
        "From 0 to 255; higher ones are delivered first by a queue with x-max-priority",
      ),
    ),
    correlation_id: v.pipe(v.optional(name), v.description("Ties an answer to its request")),
    reply_to: v.pipe(v.optional(name), v.description("Queue that an answer goes to")),
    expiration: v.pipe(
      v.optional(
        v.pipe(v.string(), v.regex(/^\d+$/, "is not a text of digits: ms, such as '5000'")),
      ),
      v.description(
        "Time to live in the queue, in ms, as text; then it is dead-lettered or deleted",
      ),
      v.metadata({ examples: ["60000"] }),
    ),
    message_id: v.pipe(
      v.optional(name),
      v.description("Id of the message. Default: a random UUID, new for each message"),
    ),
    timestamp: v.pipe(
      // A Date ends there.
      v.optional(whole(0, 8_640_000_000_000)),
      v.description("When it was made: seconds since 1970-01-01 UTC, as AMQP has it"),
      v.metadata({ examples: [1_700_000_000] }),
    ),
    type: v.pipe(v.optional(name), v.description("Name of the message's type, for applications")),
    user_id: v.pipe(
      v.optional(name),
      v.description("Who sends it: the broker takes only the user who is logged in"),
    ),
    app_id: v.pipe(v.optional(name), v.description("Name of the sending application")),
  })),
  v.description("AMQP properties of the message"),
);

/** `message`: what is sent. */
export const message = v.pipe(
  mapping(v.strictObject({
    payload: v.pipe(
      v.optional(v.pipe(
        v.any(),
        v.check((payload) => payload !== null, 'is empty: write "" for an empty message'),
        v.check(isJson, "holds a number or bytes that JSON cannot: .nan, .inf or !!binary"),
      )),
      v.description(
        "What is sent: text as UTF-8, !!binary as bytes, any other value as JSON. Words on the command line replace it",
      ),
      v.metadata({ examples: ["Hello World!", { order: 42 }] }),
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
      v.metadata({ examples: ["30s"] }),
    ),
    properties: v.optional(properties, {}),
    headers: v.pipe(
      v.optional(table, {}),
      v.description("Headers of the message: names and values of the application's own"),
      v.metadata({ examples: [{ source: "web" }] }),
    ),
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

function isJson(value: unknown, depth = 0): boolean {
  if (value instanceof Uint8Array) return depth === 0;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every((item) => isJson(item, depth + 1));
}
