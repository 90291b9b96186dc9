import type { AMQPMessage, AMQPProperties } from "@cloudamqp/amqp-client";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { testQueue, withChannel } from "../support/queues.ts";
import { succeed, TEST_URL } from "../support/scripts.ts";

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);

const PROPERTIES: AMQPProperties = {
  contentType: "application/x-test",
  contentEncoding: "identity",
  deliveryMode: 2,
  priority: 7,
  correlationId: "correlation \u00e4",
  replyTo: "somewhere",
  expiration: "3600000",
  messageId: "the same id",
  timestamp: new Date(1_700_000_000_000),
  type: "a type",
  userId: "guest",
  appId: "an app",
  headers: {
    text: "\x1b[31m\u202e\u2028 \ud83d\ude00",
    small: -1,
    big: 9007199254740993n,
    negative: -9223372036854775808n,
    unsigned: 4294967295n,
    fraction: 0.1,
    yes: true,
    nothing: null,
    bytes: new Uint8Array([0, 255, 10]),
    when: new Date(1_600_000_000_000),
    list: [1, "two", [3n, { four: false }], new Uint8Array([5])],
    table: { inner: { innermost: "x" }, "!!binary": "no bytes", "!!!!": 1 },
    "!!timestamp": "no time",
    empty: {},
    none: [],
  },
};

/** What matters of messages, for a comparison. */
function essence(messages: AMQPMessage[]) {
  return messages.map(({ body, properties }) => ({ body, properties }));
}

Deno.test("dump with --format json and replay with --lines lose nothing", async () => {
  const payloads = ['text \u00e4\u{1f600}\x1b\u202e\n\r"\\', "", "{}", "\ufeffBOM", ALL_BYTES];
  await using original = testQueue();
  await using dumped = testQueue();
  await using replayed = testQueue();
  const file = await Deno.makeTempFile({ prefix: "amqp-tasks-dump-" });
  try {
    for (const queue of [original, dumped]) {
      await queue.fill(payloads, PROPERTIES);
      await queue.fill(["without properties"]);
    }
    const dump = await succeed("receive", [
      ...["--format", "json", "--count", "6"],
      ...dumped.args,
    ]);
    assertEquals(dump.stdout.split("\n").length, 7);
    await Deno.writeFile(file, dump.bytes);
    await succeed("send", ["--lines", file, "--format", "json", ...replayed.args]);
  } finally {
    await Deno.remove(file);
  }
  const expected = essence(await original.takeAll(6));
  const actual = essence(await replayed.takeAll(6));
  // A message that had no id gets one, because what is sent again must be known again.
  delete actual[5]?.properties.messageId;
  assertEquals(actual, expected);
});

Deno.test("--format json prints a line of JSON for each message, in ASCII where it must", async () => {
  await using queue = testQueue();
  await queue.fill(["\x1b\u009b\u202e\n\u2028"], PROPERTIES);
  await queue.fill([ALL_BYTES]);
  const { stdout } = await succeed("receive", ["--format=json", "--count=2", ...queue.args]);
  assertEquals(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u.exec(stdout), null, stdout);
  const [text, binary] = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(text.payload, "\x1b\u009b\u202e\n\u2028");
  assertEquals(text.payload_encoding, "string");
  assertEquals(text.routing_key, queue.name);
  assertEquals(text.properties.message_id, "the same id");
  assertEquals(text.properties.delivery_mode, 2);
  assertEquals(text.properties.timestamp, 1_700_000_000);
  assertEquals(text.properties.headers.table.inner, { innermost: "x" });
  assertStringIncludes(stdout, '"big":9007199254740993,');
  assertEquals(binary.payload_encoding, "base64");
  assertEquals(Uint8Array.fromBase64(binary.payload), ALL_BYTES);
});

Deno.test("--file and --format raw carry every byte, and add none", async () => {
  await using queue = testQueue();
  const file = await Deno.makeTempFile({ prefix: "amqp-tasks-bytes-" });
  try {
    await Deno.writeFile(file, ALL_BYTES);
    const sent = await succeed("send", ["--file", file, ...queue.args]);
    assertStringIncludes(sent.stdout, "(256 bytes)");
  } finally {
    await Deno.remove(file);
  }
  const { bytes } = await succeed("receive", ["--count", "1", "--format", "raw", ...queue.args]);
  assertEquals(bytes, ALL_BYTES);
});

Deno.test("text format shows what would drive a terminal or forge a line", async () => {
  await using queue = testQueue();
  await queue.fill(["\x1b[2J", "a\n [x] Received 'b'", "\u202egpj.exe", new Uint8Array([0x9b, 7])]);
  const { stdout } = await succeed("receive", ["--count", "4", ...queue.args]);
  assertEquals(
    stdout,
    [
      " [x] Received '\\x1b[2J'\n",
      " [x] Received 'a\\n [x] Received \\'b\\''\n",
      " [x] Received '\\u{202e}gpj.exe'\n",
      " [x] Received '\\x9b\\x07'\n",
    ].join(""),
  );
});

Deno.test("text format shows a JSON payload as JSON, on one line", async () => {
  await using queue = testQueue();
  const payload = `message.payload={who: "it's me", path: 'C:\\x', text: "\\u202e\\n"}`;
  const json = String.raw`{"who":"it's me","path":"C:\\x","text":"\u202e\n"}`;
  const sent = await succeed("send", ["--set", payload, ...queue.args]);
  assertEquals(sent.stdout, ` [x] Sent ${json}\n`);
  await queue.fill(['{\n  "a": 1\n}'], { contentType: "application/json" });
  const { stdout } = await succeed("receive", ["--count", "2", ...queue.args]);
  assertEquals(stdout, ` [x] Received ${json}\n [x] Received { "a": 1 }\n`);
});

Deno.test("a message that was dumped without a config's queue goes where it came from", async () => {
  await using queue = testQueue();
  await queue.fill([]);
  const config = await Deno.makeTempFile({ prefix: "amqp-tasks-config-", suffix: ".yaml" });
  try {
    await Deno.writeTextFile(config, "message: {}\n");
    const line = { payload: "x", exchange: "", routing_key: queue.name };
    await succeed("send", ["--config", config, "--lines", "-", "--format", "json"], {
      stdin: `${JSON.stringify(line)}\n`,
    });
  } finally {
    await Deno.remove(config);
  }
  const [message] = await queue.takeAll(1);
  assertEquals(message?.bodyString(), "x");
  await withChannel(TEST_URL, async (channel) => {
    assertEquals((await channel.queueDeclare(queue.name, { passive: true })).messageCount, 0);
  });
});
