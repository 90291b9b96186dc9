import { assert, assertEquals, assertMatch } from "@std/assert";
import type { DeliveredMessage, Properties } from "../../lib/client_types.ts";
import { parseConfig } from "../../lib/config.ts";
import { fromJsonLine, toJsonLine } from "../../lib/message_json.ts";

const encoder = new TextEncoder();
const EMPTY = parseConfig("");

interface Given {
  body?: Uint8Array | string;
  exchange?: string;
  routingKey?: string;
  redelivered?: boolean;
  properties?: Properties;
}

function lineOf({ body = "", properties = {}, ...others }: Given): string {
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  const message = { exchange: "", routingKey: "q", redelivered: false, body: bytes, properties };
  return toJsonLine({ ...message, ...others } as unknown as DeliveredMessage);
}

const read = (line: string, config = EMPTY) => fromJsonLine(encoder.encode(line), config, "dump:3");

/** The properties that a message has after it was written and read again. */
const roundTrip = (properties: Properties) =>
  read(lineOf({ properties: { messageId: "m", ...properties } })).properties;

Deno.test("toJsonLine() writes what the management API writes, and all properties", () => {
  const properties = {
    contentType: "text/plain",
    contentEncoding: "gzip",
    headers: { a: 1 },
    deliveryMode: 2,
    priority: 5,
    correlationId: "c",
    replyTo: "r",
    expiration: "5000",
    messageId: "m",
    timestamp: new Date(1_700_000_000_000),
    type: "t",
    userId: "u",
    appId: "p",
  };
  const line = lineOf({ body: "hi", exchange: "e", redelivered: true, properties });
  assertEquals(
    line,
    '{"payload":"hi","payload_encoding":"string","exchange":"e","routing_key":"q",' +
      '"redelivered":true,"properties":{"content_type":"text/plain","content_encoding":"gzip",' +
      '"headers":{"a":1},"delivery_mode":2,"priority":5,"correlation_id":"c","reply_to":"r",' +
      '"expiration":"5000","message_id":"m","timestamp":1700000000,"type":"t","user_id":"u",' +
      '"app_id":"p"}}',
  );
  const message = read(line);
  assertEquals<unknown>(message.properties, properties);
  assertEquals([message.exchange, message.routingKey], ["e", "q"]);
});

Deno.test("toJsonLine() and fromJsonLine() lose no byte of the payload", () => {
  const bodies = [
    new Uint8Array(),
    Uint8Array.from({ length: 256 }, (_, byte) => byte),
    encoder.encode("grüße ☕ \0\x1b\r\n\u2028\u202e\ue000\u{10ffff}\\\"'"),
    new Uint8Array([0xef, 0xbb, 0xbf, 0x61]),
    new Uint8Array([0xed, 0xa0, 0x80]),
  ];
  for (const body of bodies) {
    const line = lineOf({ body });
    assertEquals(read(line).body.toHex(), body.toHex());
    assertMatch(line, /^[^\p{C}\p{Zl}\p{Zp}]+$/u);
  }
});

/** Headers that JSON has no type for, or that look like its marks for these. */
const HEADERS: Record<string, Properties["headers"]> = {
  "numbers": { a: 0, b: -1, c: 1.5, d: 1.5e-7, e: 2 ** 31 - 1 },
  "bigints": { a: 2n ** 63n - 1n, b: -(2n ** 63n), c: [2n ** 53n + 1n] },
  "booleans and null": { a: true, b: false, c: null },
  "bytes": { a: new Uint8Array([0, 255]), b: [new Uint8Array()], c: { d: new Uint8Array([1]) } },
  "dates": { a: new Date(0), b: [new Date(1_700_000_000_000)], c: new Date(-1_000) },
  "lists and tables": { a: [], b: {}, c: [[1], { d: [{}] }] },
  "a name that is !!binary": { a: { "!!binary": "aGk=" }, "!!binary": "x" },
  "a name that is !!timestamp": { a: { "!!timestamp": 5 } },
  "a name with more marks": { a: { "!!!!binary": "x" }, b: { "!!!": 1 }, c: { "!!!!!!": 2 } },
  "odd names": { "": 1, "a.b": 2, "\x1b": 3, "ü": 4 },
  "odd texts": { a: "\0\x1b\u2028\u{10ffff}", b: "", c: "5", d: "null" },
  "none": {},
};

for (const [name, headers] of Object.entries(HEADERS)) {
  Deno.test(`toJsonLine() and fromJsonLine() lose nothing of headers that hold ${name}`, () => {
    assertEquals(roundTrip({ headers: headers ?? {} }).headers, headers);
  });
}

Deno.test("toJsonLine() and fromJsonLine() keep a header called __proto__", () => {
  const headers = JSON.parse('{"__proto__":{"polluted":1}}');
  assertEquals(Object.keys(roundTrip({ headers }).headers ?? {}), ["__proto__"]);
  assert(!("polluted" in {}));
});

Deno.test("fromJsonLine() makes integers bigints when the client would wrap them around", () => {
  const line = '{"payload":"","properties":{"headers":{"a":3000000000,"b":[-2147483649,{"c":7}]}}}';
  const { headers } = read(line).properties;
  assertEquals(headers, { a: 3_000_000_000n, b: [-2_147_483_649n, { c: 7 }] });
});

Deno.test("fromJsonLine() gives a message an id when the line has none", () => {
  assertMatch(read('{"payload":"x"}').properties.messageId, /^[\da-f-]{36}$/);
  assertEquals(Object.keys(read('{"payload":"x","properties":{}}').properties), ["messageId"]);
});

Deno.test("fromJsonLine() takes the config's properties when the line has none", () => {
  const { properties } = read('{"payload":"x"}', parseConfig("message: {headers: {a: 1}}"));
  assertEquals([properties.deliveryMode, properties.headers], [2, { a: 1 }]);
});

Deno.test("fromJsonLine() sends to where the config says, or else the line", () => {
  const line = '{"payload":"x","exchange":"e","routing_key":"k"}';
  const target = (yaml: string) => {
    const { exchange, routingKey } = read(line, parseConfig(yaml));
    return [exchange, routingKey];
  };
  assertEquals(target(""), ["e", "k"]);
  assertEquals(target("queue: {name: q}"), ["", "q"]);
  assertEquals(target("exchange: {name: f}\nmessage: {routing_key: l}"), ["f", "l"]);
});
