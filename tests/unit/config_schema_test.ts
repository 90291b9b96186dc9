import { assertEquals } from "@std/assert";
import { LineCounter } from "yaml";
import { applyOverrides } from "../../lib/config_overrides.ts";
import { ConfigSchema } from "../../lib/config_schema.ts";
import { parseConfig } from "../../lib/config.ts";
import { parseYaml, toValue } from "../../lib/config_yaml.ts";
import { problemsOf } from "../support/json_schema.ts";

/** A right value for every key, as YAML. Keys that exclude each other are set one at a time. */
const VALUES: Record<string, string[]> = {
  "broker.url": ["amqp://u:p@h:1/v", "amqps://h", "AMQP://[::1]:5/%2F", "amqp://u:p%40%2F@h"],
  "broker.host": ["h", "h:1", "'[::1]:1'", "'::1'", "127.0.0.1", "[a, 'b:2']"],
  "broker.port": ["1", "65535"],
  "broker.vhost": ["/", "v w"],
  "broker.username": ["u"],
  "broker.password_file": ["secret.txt", "/run/secrets/amqp"],
  "broker.password": ["p", "''", "'123'"],
  "broker.tls": ["true", "false", "{}", "{cert: c, key: k}"],
  "broker.tls.ca": ["f"],
  "broker.tls.cert": [],
  "broker.tls.key": [],
  "broker.heartbeat": ["0s", "30s", "0.5m", "65535s"],
  "broker.connect_timeout": ["100ms", "24h"],
  "broker.retry": ["forever", "0s", "596h"],
  "exchange.name": ["e", "amq.topic"],
  "exchange.type": ["direct", "fanout", "topic", "headers", "x-delayed-message"],
  "exchange.durable": ["false"],
  "exchange.auto_delete": ["true"],
  "exchange.internal": ["true"],
  "exchange.passive": ["true"],
  "exchange.arguments": ["{alternate-exchange: a, t: {u: [1, !!binary aGk=, null]}}"],
  "queue.name": ["q", "''", `"${"é".repeat(127)}"`],
  "queue.type": ["quorum", "classic", "stream"],
  "queue.durable": ["true", "false"],
  "queue.exclusive": ["true", "false"],
  "queue.auto_delete": ["true"],
  "queue.passive": ["true"],
  "queue.arguments": ["{}", "{x-custom-of-a-plugin: {a: [1]}}"],
  "queue.arguments.x-consumer-timeout": ["5"],
  "queue.arguments.x-dead-letter-exchange": ["''", "dlx"],
  "queue.arguments.x-dead-letter-routing-key": ["k"],
  "queue.arguments.x-dead-letter-strategy": ["at-least-once", "at-most-once"],
  "queue.arguments.x-delivery-limit": ["20", "-1"],
  "queue.arguments.x-expires": ["1", "4294967295"],
  "queue.arguments.x-initial-cluster-size": ["3"],
  "queue.arguments.x-max-age": ["7D", "12h"],
  "queue.arguments.x-max-length": ["0", "100000000000"],
  "queue.arguments.x-max-length-bytes": ["100000000000"],
  "queue.arguments.x-max-priority": ["255"],
  "queue.arguments.x-message-ttl": ["0", "60000"],
  "queue.arguments.x-overflow": ["drop-head", "reject-publish", "reject-publish-dlx"],
  "queue.arguments.x-queue-leader-locator": ["balanced", "client-local"],
  "queue.arguments.x-queue-mode": ["lazy", "default"],
  "queue.arguments.x-queue-type": [],
  "queue.arguments.x-queue-version": ["2"],
  "queue.arguments.x-quorum-initial-group-size": ["3"],
  "queue.arguments.x-quorum-target-group-size": ["5"],
  "queue.arguments.x-single-active-consumer": ["true"],
  "queue.arguments.x-stream-max-segment-size-bytes": ["500000000"],
  "queue.bindings": ["[]", "[{exchange: a}, {exchange: b}]"],
  "queue.bindings.0.exchange": ["e"],
  "queue.bindings.0.routing_key": ["'a.#'"],
  "queue.bindings.0.arguments": ["{x-match: all}"],
  "message.payload": ["text", "1", "false", "[]", "{a: null}", "!!binary aGk=", "''"],
  "message.file": ["f"],
  "message.routing_key": ["''", "k"],
  "message.persistent": ["false"],
  "message.mandatory": ["true", "false"],
  "message.reply": ["{}"],
  "message.reply.timeout": ["500ms", "1h"],
  "message.confirm_timeout": ["5s"],
  "message.properties.content_type": ["text/csv"],
  "message.properties.content_encoding": ["gzip"],
  "message.properties.priority": ["0", "255"],
  "message.properties.correlation_id": ["c"],
  "message.properties.reply_to": ["r"],
  "message.properties.expiration": ["'5000'"],
  "message.properties.message_id": ["m"],
  "message.properties.timestamp": ["0", "1700000000"],
  "message.properties.type": ["t"],
  "message.properties.user_id": ["guest"],
  "message.properties.app_id": ["a"],
  "message.properties": ["{}"],
  "message.headers": ["{a: 1.5, b: [true], c: {d: null}, e: !!binary aGk=, f: .inf}"],
  "receive.prefetch": ["1", "65535"],
  "receive.ack": ["on_success", "on_delivery"],
  "receive.offset": [],
  "receive.handler": ["handler.ts", "../handler.js"],
  "receive.exec": ["[command]", "[command, --option, '']"],
  "receive.concurrency": ["1", "1000"],
  "receive.timeout": ["500ms", "24h"],
  "receive.retry": ["{}"],
  "receive.retry.attempts": ["1", "1000"],
  "receive.retry.delay": ["1ms", "1h"],
  "receive.dead_letter": ["d"],
};

/** What the keys of queue and exchange need around them. */
const BASE = "exchange: {name: e}\nqueue: {name: q, bindings: [{}]}";

for (const [key, values] of Object.entries(VALUES)) {
  Deno.test(`parseConfig() takes ${key} when it is right`, () => {
    for (const value of values) {
      const base = key.startsWith("broker") ? "" : BASE;
      parseConfig(base, { set: [`${key}=${value}`], env: () => undefined });
    }
  });
}

for (const [key, values] of Object.entries(VALUES)) {
  Deno.test(`config.schema.json takes ${key} when it is right`, () => {
    for (const value of [...values, "${AMQP_VALUE}", "${AMQP_VALUE:-default}"]) {
      // Of these, no text of any form is enough.
      if (value.startsWith("${") && NO_TEXT.has(key)) continue;
      const doc = parseYaml(BASE, new LineCounter());
      applyOverrides(doc, [`${key}=${value}`], []);
      assertEquals(problemsOf(toValue(doc)), [], value);
    }
  });
}

/** Mappings and lists, which no variable can be, and what is set elsewhere. */
const NO_TEXT = new Set([
  "exchange.arguments",
  "queue.arguments",
  "queue.arguments.x-queue-type",
  "queue.bindings",
  "queue.bindings.0.arguments",
  "message.reply",
  "message.properties",
  "message.headers",
  "receive.exec",
  "receive.retry",
]);

Deno.test("parseConfig() takes receive.offset when it is right", () => {
  const time = "2026-11-24T10:00:00Z";
  const offsets: Record<string, unknown> = {
    first: "first",
    last: "last",
    next: "next",
    "0": 0,
    "9007199254740991": 2 ** 53 - 1,
    "1h": "1h",
    "7D": "7D",
    [time]: new Date(time),
    "2026-11-24T11:00+01:00": new Date(time),
    "2026-11-24T10:00:00.5Z": new Date("2026-11-24T10:00:00.500Z"),
  };
  for (const [written, read] of Object.entries(offsets)) {
    const { receive } = parseConfig(
      `queue: {name: q, type: stream}\nreceive: {offset: ${written}}`,
      { env: () => undefined },
    );
    assertEquals<unknown>(receive.offset, read);
  }
});

interface Schema {
  entries?: Record<string, Schema>;
  item?: Schema;
  wrapped?: Schema;
  /** Schemas, or the texts of a picklist. */
  options?: unknown[];
}

/** The paths of all keys that hold no mapping of their own. */
function pathsOf(schema: Schema, path: string[] = []): string[] {
  const { entries, item, wrapped, options } = schema;
  if (wrapped) return pathsOf(wrapped, path);
  if (entries) {
    return Object.entries(entries).flatMap(([key, inner]) => pathsOf(inner, [...path, key]));
  }
  const inner = item?.entries ? pathsOf(item, [...path, "0"]) : [];
  const object = options?.map((one) => one as Schema).find((one) => one.entries);
  return [path.join("."), ...inner, ...object ? pathsOf(object, path) : []];
}

Deno.test("ConfigSchema has no key that these tests leave out", () => {
  const tested = Object.keys(VALUES);
  assertEquals(
    pathsOf(ConfigSchema as unknown as Schema).filter((path) => !tested.includes(path)),
    [],
  );
});
