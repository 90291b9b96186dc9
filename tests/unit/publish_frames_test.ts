import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { AMQPChannel, type AMQPProperties } from "@cloudamqp/amqp-client";
import { AMQPView } from "@cloudamqp/amqp-client/amqp-view";
import type { OutgoingMessage } from "../../lib/message.ts";
import { PublishFrames } from "../../lib/publish_frames.ts";

const FRAME_MAX = 8_192;
const CHANNEL = 7;

function message(
  properties: AMQPProperties = {},
  body: Uint8Array = new Uint8Array(),
  { exchange = "", routingKey = "q" } = {},
): OutgoingMessage {
  return { exchange, routingKey, properties: { messageId: "id", ...properties }, body };
}

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => at * 31 & 0xff);
}

function join(chunks: Uint8Array[]): string {
  return chunks.map((chunk) => chunk.toHex()).join("");
}

function framesTo(written: Uint8Array[], { frameMax = FRAME_MAX, mandatory = true } = {}) {
  return new PublishFrames({
    channel: CHANNEL,
    frameMax,
    mandatory,
    write: (chunk) => written.push(chunk),
  });
}

function encode(messages: OutgoingMessage[], options = {}): string {
  const written: Uint8Array[] = [];
  const frames = framesTo(written, options);
  for (const each of messages) frames.add(each);
  frames.flush();
  return join(written);
}

/** What the client itself writes. */
function clientEncode(
  messages: OutgoingMessage[],
  { frameMax = FRAME_MAX, mandatory = true } = {},
): string {
  const written: Uint8Array[] = [];
  const connection = {
    frameMax,
    bufferPool: [],
    send: (chunk: Uint8Array) => {
      written.push(chunk.slice());
      return Promise.resolve();
    },
  };
  const channel = new AMQPChannel(connection as never, CHANNEL);
  for (const { exchange, routingKey, body, properties } of messages) {
    channel.basicPublish(exchange, routingKey, body, properties, mandatory);
  }
  return join(written);
}

const ALL: AMQPProperties = {
  contentType: "text/plain",
  contentEncoding: "identity",
  headers: { h: "1" },
  deliveryMode: 2,
  priority: 9,
  correlationId: "c",
  replyTo: "r",
  expiration: "60000",
  messageId: "m",
  timestamp: new Date(1_700_000_000_999),
  type: "t",
  userId: "guest",
  appId: "ä",
};

const HEADERS: NonNullable<AMQPProperties["headers"]> = {
  text: "ü\u{1f600}",
  empty: "",
  small: -1,
  large: 2n ** 63n - 1n,
  beyond: 5_000_000_000,
  fraction: 0.1,
  yes: true,
  no: false,
  nothing: null,
  missing: undefined,
  time: new Date(1_000),
  bytes: new Uint8Array([0, 255]),
  list: [1, "two", [3], { four: 4 }],
  table: { inner: { innermost: "x".repeat(1_000) } },
};

const CASES: Record<string, OutgoingMessage> = {
  "no body": message(),
  "all properties": message(ALL, bytes(10)),
  "every kind of header": message({ headers: HEADERS }, bytes(10)),
  "no headers in a table": message({ headers: {} }),
  "an exchange, and no routing key": message({}, bytes(1), { exchange: "logs", routingKey: "" }),
  "names that are not ASCII": message({}, bytes(1), { exchange: "ä", routingKey: "x\u{1f600}é" }),
  "short strings of 255 bytes": message({ type: "x".repeat(255), appId: "é".repeat(127) }),
};
for (const [name, value] of Object.entries(ALL)) CASES[`only ${name}`] = message({ [name]: value });

for (const [name, each] of Object.entries(CASES)) {
  Deno.test(`PublishFrames encodes as the client does: ${name}`, () => {
    assertEquals(encode([each]), clientEncode([each]));
  });
}

Deno.test("PublishFrames keeps what is empty or zero, which the client leaves out", () => {
  const properties = { ...message().properties, contentType: "", priority: 0, type: "", appId: "" };
  const frames = Uint8Array.fromHex(encode([message(properties)]));
  const view = new AMQPView(frames.buffer);
  // After the publish: frame header, class, weight, length of the body.
  const at = view.getUint32(3) + 8 + 7 + 12;
  assertEquals(view.getProperties(at)[0], properties);
});

for (const frameMax of [8_192, 131_072]) {
  const piece = frameMax - 8;
  const around = (length: number) => [length - 1, length, length + 1];
  const lengths = [1, ...around(16 * 1_024), ...around(piece), ...around(2 * piece), 1_000_000];
  for (const length of lengths) {
    Deno.test(`PublishFrames encodes as the client does: ${length} bytes in frames of ${frameMax}`, () => {
      const messages = [message({}, bytes(3)), message(ALL, bytes(length)), message({}, bytes(3))];
      assertEquals(encode(messages, { frameMax }), clientEncode(messages, { frameMax }));
    });
  }
}

Deno.test("PublishFrames encodes as the client does: not mandatory", () => {
  assertEquals(
    encode([message()], { mandatory: false }),
    clientEncode([message()], { mandatory: false }),
  );
});

Deno.test("PublishFrames encodes as the client does: headers that fill a frame", () => {
  // Header frame: 8 bytes around it, 14 fixed, 3 of the id; the table: 4, and 2 + 1 + 4 around a text.
  const fit = message({ headers: { h: "x".repeat(FRAME_MAX - 8 - 14 - 3 - 4 - 7) } });
  const before = Array(100).fill(message({}, bytes(640)));
  // Its own buffer is as long as one frame, for the method too.
  assertEquals(
    encode([...before, fit]),
    clientEncode(before) + clientEncode([fit], { frameMax: 2 * FRAME_MAX }),
  );
  const over = message({ headers: { h: "x".repeat(FRAME_MAX - 8 - 14 - 3 - 4 - 7 + 1) } });
  assertThrows(() => encode([over]), Error, "its headers take more than the 8192 bytes of a frame");
});

Deno.test("PublishFrames gathers messages until there are 64 KiB of them", () => {
  const written: Uint8Array[] = [];
  const frames = framesTo(written);
  const each = message({}, bytes(1_000));
  let count = 0;
  do count++; while (frames.add(each));
  assertEquals(written.length, 1);
  const [batch = new Uint8Array()] = written;
  assert(batch.length >= 65_536 && batch.length < 65_536 + 1_100, `${batch.length} bytes`);
  assertEquals(batch.buffer.byteLength, batch.length);
  frames.flush();
  assertEquals(written.length, 1);
  assertEquals(batch.toHex(), clientEncode(Array(count).fill(each)));
});

Deno.test("PublishFrames never changes what it has written", () => {
  const written: Uint8Array[] = [];
  const frames = framesTo(written);
  frames.add(message({}, bytes(10)));
  frames.flush();
  const first = written[0]?.toHex();
  frames.add(message({ type: "other" }, bytes(20)));
  frames.flush();
  assertEquals(written[0]?.toHex(), first);
});

Deno.test("PublishFrames writes a long body without copying it, and its end at once", () => {
  const written: Uint8Array[] = [];
  const frames = framesTo(written, { frameMax: 131_072 });
  const body = bytes(300_000);
  frames.add(message());
  assertEquals(frames.add(message({}, body)), false);
  const shared = written.filter(({ buffer }) => buffer === body.buffer);
  assertEquals(shared.reduce((sum, { length }) => sum + length, 0), 300_000);
  assertEquals(written.at(-1)?.at(-1), 0xce);
});

Deno.test("PublishFrames leaves nothing behind of a message that cannot be encoded", () => {
  const long = "x".repeat(300_000);
  const wrong: [OutgoingMessage, string][] = [
    [message({ type: "x".repeat(256) }), "its type has 256 bytes, more than the 255"],
    [message({ appId: "é".repeat(128) }), "its app_id has 256 bytes"],
    [message({}, bytes(1), { exchange: long }), "its exchange has 300000 bytes"],
    [message({}, bytes(1), { routingKey: long }), "its routing key has 300000 bytes"],
    [message({}, bytes(1), { routingKey: "a\ud800" }), "its routing key has half a character"],
    [message({ messageId: "\udc00" }), "its message_id has half a character"],
    [message({ headers: { h: long } }), "its headers take more than the 8192 bytes of a frame"],
    [message({ headers: { h: bytes(300_000) } }), "its headers take more than"],
    [message({ headers: { h: Array(50_000).fill(1) } }), "its headers take more than"],
    [message({ headers: { ["k".repeat(256)]: 1 } }), "Short string too long"],
    [message({ headers: { h: new Date(NaN) } }), "BigInt"],
  ];
  const written: Uint8Array[] = [];
  const frames = framesTo(written);
  const right = message(ALL, bytes(100));
  frames.add(right);
  for (const [each, why] of wrong) {
    const error = assertThrows(() => frames.add(each), Error);
    assertStringIncludes(error.message, why);
  }
  frames.add(right);
  frames.flush();
  assertEquals(join(written), clientEncode([right, right]));
});
