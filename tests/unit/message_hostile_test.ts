import fc from "fast-check";
import { assert, assertEquals } from "@std/assert";
import { AMQPView } from "@cloudamqp/amqp-client/amqp-view";
import type { Field } from "@cloudamqp/amqp-client";
import type { DeliveredMessage, Properties } from "../../lib/client_types.ts";
import "../../lib/client_fixes.ts";
import { parseConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { toWireTable } from "../../lib/field_table.ts";
import { fromJsonLine, toJsonLine } from "../../lib/message_json.ts";
import { PublishFrames } from "../../lib/publish_frames.ts";
import { testSeed } from "../support/random.ts";

const SEED = { seed: testSeed(), numRuns: 1_000 };
const CONFIG = parseConfig("");
const encoder = new TextEncoder();

/** Text that is well formed, as what comes out of UTF-8 is, and short enough for a short string. */
const text = fc.string({ unit: "binary", maxLength: 60 }).filter((all) => all.isWellFormed());
const bytes = fc.uint8Array({ maxLength: 300 });
/** In whole seconds: AMQP has no others. */
const date = fc.integer({ min: -8_640_000_000, max: 8_640_000_000_000 })
  .map((seconds) => new Date(seconds * 1_000));
const double = fc.double({ noNaN: true, noDefaultInfinity: true })
  // A fraction stays one; -0 and whole numbers come back as integers.
  .filter((value) => !Number.isInteger(value));
const big = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .filter((value) => !Number.isSafeInteger(Number(value)));

const { table } = fc.letrec<{ field: Field; table: Record<string, Field> }>((tie) => ({
  field: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text,
    fc.boolean(),
    fc.maxSafeInteger().filter((value) => !Object.is(value, -0)),
    double,
    big,
    fc.constant(null),
    bytes,
    date,
    fc.array(tie("field"), { maxLength: 4 }),
    tie("table"),
  ),
  table: fc.array(
    fc.tuple(
      fc.oneof(text, fc.constantFrom("__proto__", "constructor", "!!binary", "!!!!x")),
      tie("field"),
    ),
    { maxLength: 5 },
  ).map((entries) => Object.fromEntries(entries)),
}));

const name = text.filter((all) => encoder.encode(all).length <= 255);
const properties: fc.Arbitrary<Properties & { messageId: string }> = fc.record({
  messageId: name,
  contentType: name,
  contentEncoding: name,
  headers: table,
  deliveryMode: fc.integer({ min: 1, max: 2 }),
  priority: fc.integer({ min: 0, max: 255 }),
  correlationId: name,
  replyTo: name,
  expiration: name,
  timestamp: date,
  type: name,
  userId: name,
  appId: name,
}, { requiredKeys: ["messageId"] });

Deno.test("a message comes out of its line of JSON as it was, whatever is in it", () => {
  fc.assert(
    fc.property(bytes, properties, name, (body, properties, routingKey) => {
      const message = { exchange: "e", routingKey, redelivered: false, body, properties };
      const line = toJsonLine(message as unknown as DeliveredMessage);
      // Joiners, which build emoji, stay.
      assert(!/(?![\u200c\u200d])[\p{C}\p{Zl}\p{Zp}]/u.test(line), line);
      const read = fromJsonLine(encoder.encode(line), CONFIG, "dump:1");
      assertEquals(read.body, body);
      assertEquals(read.routingKey, routingKey);
      assertEquals(plain(read.properties), plain(properties));
    }),
    SEED,
  );
});

Deno.test("a message comes out of its frames as it was, whatever is in it", () => {
  fc.assert(
    fc.property(bytes, properties, (body, properties) => {
      const headers = properties.headers && toWireTable(properties.headers);
      const all = { ...properties, ...(headers && { headers }) };
      const written: Uint8Array[] = [];
      const write = (bytes: Uint8Array) => void written.push(bytes);
      const frames = new PublishFrames({ channel: 1, frameMax: 131_072, mandatory: true, write });
      frames.add({ exchange: "", routingKey: "q", properties: all, body });
      frames.flush();
      const view = new AMQPView(Uint8Array.from(written.flatMap((part) => [...part])).buffer);
      const header = 7 + view.getUint32(3) + 1;
      const [read] = view.getProperties(header + 7 + 12);
      assertEquals(plain(read), plain(properties));
      const start = header + 7 + view.getUint32(header + 3) + 1 + 7;
      if (body.length) assertEquals(new Uint8Array(view.buffer, start, body.length), body);
    }),
    SEED,
  );
});

/** Integers are compared by their value, and objects by what is their own. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint" || typeof value === "number") return `${value}`;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Uint8Array) return `bytes ${value.toHex()}`;
  if (value instanceof Date || typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, plain(inner)] as const);
  return new Map(entries.sort(([one], [other]) => one < other ? -1 : 1));
}

Deno.test("fromJsonLine() makes a message of any line, or says what is wrong with it", () => {
  const names = ["payload", "payload_encoding", "properties", "headers", "timestamp", "__proto__"];
  const key = fc.constantFrom(
    ...names,
    "exchange",
    "routing_key",
    "!!binary",
    "!!timestamp",
    "type",
  );
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.string(),
      fc.constantFrom("base64", "AA==", "\ud800", null, true, 1e999, -1, 9, 2 ** 70),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.array(fc.tuple(key, tie("value")), { maxLength: 6 }).map((all) => Object.fromEntries(all)),
    ),
  })).value.map((value) => JSON.stringify(value));
  const line = fc.oneof(json, fc.string({ unit: "binary" })).map((text) => encoder.encode(text));
  fc.assert(
    fc.property(fc.oneof(line, fc.uint8Array()), (line) => {
      try {
        assert(fromJsonLine(line, CONFIG, "dump:7").body instanceof Uint8Array);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        assert(/^dump:7: \S.*$/.test(error.message), error.message);
      }
    }),
    { ...SEED, numRuns: 3_000 },
  );
});

const HEAD = '{"payload":"","properties":{"headers":';

/** Lines that are to exhaust or to pretend something, and what is said. */
const HOSTILE: Record<string, [line: string, said: string]> = {
  "brackets that are not closed": ["[".repeat(100_000), "not a line of JSON"],
  "headers 50,000 deep": [
    `${HEAD}{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}}}`,
    "not a line",
  ],
  "headers 3,000 deep": [`${HEAD}{"a":${"[".repeat(3_000)}${"]".repeat(3_000)}}}}`, "1000 deep"],
  "bytes for headers": [`${HEAD}{"!!binary":"AA=="}}}`, '"headers" has a value of the wrong type'],
  "a time for headers": [`${HEAD}{"!!timestamp":1}}}`, '"headers" has a value of the wrong type'],
  "a prototype for a message": ['{"__proto__":{"payload":""}}', "unknown key"],
  "a property of each object": ['{"payload":"","properties":{"toString":""}}', "unknown property"],
  "a second payload of another type": ['{"payload":"","payload":1}', '"payload" must be a string'],
};

for (const [name, [line, said]] of Object.entries(HOSTILE)) {
  Deno.test(`fromJsonLine() says what is wrong with ${name}`, () => {
    try {
      fromJsonLine(encoder.encode(line), CONFIG, "dump:7");
    } catch (error) {
      assert(error instanceof ConfigError, String(error));
      return assert(error.message.includes(said), error.message);
    }
    throw new Error("It was taken");
  });
}
