import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parseConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { createMessage, type MessageOverrides } from "../../lib/message.ts";

const decoder = new TextDecoder();
const create = (yaml: string, overrides?: MessageOverrides) =>
  createMessage(parseConfig(yaml, { env: () => undefined }), overrides);

/** Config and where its message goes: exchange and routing key. */
const TARGETS: [yaml: string, exchange: string, routingKey: string][] = [
  ["queue: {name: q}", "", "q"],
  ["queue: {name: q}\nmessage: {routing_key: k, payload: x}", "", "k"],
  ["exchange: {name: e}", "e", ""],
  ["exchange: {name: e}\nqueue: {name: q}", "e", ""],
  ["exchange: {name: e}\nmessage: {routing_key: k, payload: x}", "e", "k"],
  ["queue: {name: q}\nmessage: {routing_key: '', payload: x}", "", ""],
];

for (const [yaml, exchange, routingKey] of TARGETS) {
  Deno.test(
    `createMessage() publishes to "${exchange}" with "${routingKey}" when the config is ${
      JSON.stringify(yaml)
    }`,
    () => {
      const message = create(yaml, { payload: "x" });
      assertEquals([message.exchange, message.routingKey], [exchange, routingKey]);
    },
  );
}

Deno.test("createMessage() publishes to where the overrides say", () => {
  const message = create("exchange: {name: e}", { payload: "", exchange: "", routingKey: "r" });
  assertEquals([message.exchange, message.routingKey], ["", "r"]);
  assertEquals(create("", { payload: "", routingKey: "r" }).routingKey, "r");
});

/** Payload as YAML, what is sent, and its content type. */
const PAYLOADS: [payload: string, body: string, contentType: string][] = [
  ["Grüße ☕", "Grüße ☕", "text/plain"],
  ["''", "", "text/plain"],
  ["!!binary aGk=", "hi", "application/octet-stream"],
  ["5", "5", "application/json"],
  ["1.5", "1.5", "application/json"],
  ["true", "true", "application/json"],
  ["[1, a, null]", '[1,"a",null]', "application/json"],
  ["{b: 1, a: {c: ü}}", '{"b":1,"a":{"c":"ü"}}', "application/json"],
  ["{n: 18446744073709551616}", '{"n":18446744073709551616}', "application/json"],
];

for (const [payload, body, contentType] of PAYLOADS) {
  Deno.test(`createMessage() sends ${contentType} when the payload is ${payload}`, () => {
    const message = create(`queue: {name: q}\nmessage: {payload: ${payload}}`);
    assertEquals(decoder.decode(message.body), body);
    assertEquals(message.properties.contentType, contentType);
  });
}

Deno.test("createMessage() sends the payload of the overrides, with the type that they or the config name", () => {
  const config = "queue: {name: q}\nmessage: {payload: [1]}";
  const bytes = new Uint8Array([0, 255]);
  assertEquals(create(config, { payload: bytes }).body, bytes);
  const typeOf = (yaml: string, overrides: MessageOverrides) =>
    create(yaml, overrides).properties.contentType;
  assertEquals(typeOf(config, { payload: "" }), "text/plain");
  assertEquals(typeOf(config, { payload: bytes, contentType: "a/b" }), "a/b");
  const typed = "queue: {name: q}\nmessage: {properties: {content_type: c/d}}";
  assertEquals(typeOf(typed, { payload: bytes, contentType: "a/b" }), "c/d");
});

Deno.test("createMessage() sends all properties and headers of the config", () => {
  const { properties } = create(`
queue: {name: q}
message:
  payload: x
  properties:
    content_type: a/b
    content_encoding: gzip
    priority: 0
    correlation_id: c
    reply_to: r
    expiration: '5000'
    message_id: m
    timestamp: 1700000000
    type: t
    user_id: u
    app_id: p
  headers: {big: 3000000000, list: [1, 12345678901234567], none: null, bin: !!binary aGk=}`);
  const { headers, ...others } = properties;
  assertEquals(others, {
    contentType: "a/b",
    deliveryMode: 2,
    contentEncoding: "gzip",
    priority: 0,
    correlationId: "c",
    replyTo: "r",
    expiration: "5000",
    messageId: "m",
    timestamp: new Date("2023-11-14T22:13:20Z"),
    type: "t",
    userId: "u",
    appId: "p",
  });
  const { bin, ...rest } = headers ?? {};
  assertEquals(rest, { big: 3_000_000_000n, list: [1, 12_345_678_901_234_567n], none: null });
  assertEquals(decoder.decode(bin as Uint8Array), "hi");
});

Deno.test("createMessage() sends no more properties than the config has", () => {
  const { messageId, ...others } = create("queue: {name: q}", { payload: "x" }).properties;
  assertEquals(others, { contentType: "text/plain", deliveryMode: 2 });
  assertMatch(messageId, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  const transient = create("queue: {name: q}\nmessage: {persistent: false}", { payload: "x" });
  assertEquals(transient.properties.deliveryMode, 1);
});

Deno.test("createMessage() gives each message an id of its own, unless one is given", () => {
  const config = "queue: {name: q}\nmessage: {payload: x}";
  const id = (overrides?: MessageOverrides) => create(config, overrides).properties.messageId;
  assertEquals(id() === id(), false);
  assertEquals(id({ properties: { messageId: "m" } }), "m");
});

Deno.test("createMessage() takes the properties of the overrides instead of the config's", () => {
  const { properties } = create(
    "queue: {name: q}\nmessage: {headers: {a: 1}, properties: {type: t, message_id: c}}",
    { payload: "x", properties: { appId: "p", messageId: "m" } },
  );
  assertEquals(properties, { appId: "p", messageId: "m" });
});

/** Config, message and cure. */
const ERRORS: [yaml: string, message: string, cure: string][] = [
  [
    "message: {payload: x}",
    "Cannot send: the config names neither a queue nor an exchange",
    "Set queue.name, or exchange.name",
  ],
  [
    "queue: {name: ''}\nmessage: {payload: x}",
    "Cannot send: the config names neither a queue nor an exchange",
    "Set queue.name, or exchange.name",
  ],
  [
    "queue: {name: q}",
    "Cannot send: there is no payload",
    "Set message.payload, or give words on the command line",
  ],
];

for (const [yaml, message, cure] of ERRORS) {
  Deno.test(`createMessage() refuses when the config is ${JSON.stringify(yaml)}`, () => {
    const error = assertThrows(() => create(yaml), ConfigError, message);
    assertEquals([error.message, error.cure], [message, cure]);
  });
}
