import { assertEquals, assertStringIncludes } from "@std/assert";
import { formatNumber } from "../../lib/terminal.ts";
import { testQueue, withChannel } from "../support/queues.ts";
import { run, start, succeed, TEST_URL } from "../support/scripts.ts";
import { assertSentOnly } from "../support/sent.ts";

/** What a frame of 131,072 bytes has room for. */
const FRAME = 131_072 - 8;

function body(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 0xff);
}

for (const length of [0, 1, FRAME - 1, FRAME, FRAME + 1, 5_000_000]) {
  Deno.test(`a payload of ${length} bytes is sent and received as it is`, async () => {
    await using queue = testQueue();
    const sent = await succeed("send", ["--file", "-", ...queue.args], { stdin: body(length) });
    assertEquals(sent.stdout, ` [x] Sent standard input (${formatNumber(length)} bytes)\n`);
    await queue.fill([body(length)]);
    const { bytes } = await succeed("receive", ["--count=1", "--format=raw", ...queue.args]);
    assertEquals(bytes.length, length);
    const [other] = await queue.takeAll(1);
    // What one side sends and the other's receives, both ways.
    assertEquals(bytes, body(length));
    assertEquals(other?.body ?? new Uint8Array(), body(length));
  });
}

Deno.test("lines: CRLF is an end too, the last line needs none, an empty line is a message", async () => {
  await using queue = testQueue();
  const stdin = "one\r\ntwo\n\nin\rside\n \u00e4\u{1f600}\nlast";
  await succeed("send", ["--lines", "-", ...queue.args], { stdin });
  assertEquals(
    (await queue.takeAll(6)).map((message) => message.bodyString() ?? ""),
    ["one", "two", "", "in\rside", " \u00e4\u{1f600}", "last"],
  );
});

Deno.test("a line that arrives in pieces is one message, and is sent when its end comes", async () => {
  await using queue = testQueue();
  await using sender = start("send", ["--lines", "-", ...queue.args], { openStdin: true });
  await sender.write("one\nhal");
  const [one] = await queue.fill([]).then(() => queue.takeAll(1));
  await sender.write("f a line\n");
  const [half] = await queue.takeAll(1);
  await sender.closeStdin();
  assertEquals((await sender.ended()).code, 0);
  assertEquals([one?.bodyString(), half?.bodyString()], ["one", "half a line"]);
});

Deno.test("no lines at all are none to send: exit 0", async () => {
  await using queue = testQueue();
  const { stderr } = await succeed("send", ["--lines", "-", ...queue.args], { stdin: "" });
  assertSentOnly(stderr, 0);
});

Deno.test("a line that is no JSON ends the run with 2, and those before it are sent", async () => {
  await using queue = testQueue();
  const args = ["--lines", "-", "--format", "json", ...queue.args];
  const { code, stderr } = await run("send", args, { stdin: '{"payload":"x"}\nnonsense\n' });
  assertEquals(code, 2, stderr);
  assertStringIncludes(stderr, "standard input:2: not a line of JSON");
  assertEquals((await queue.takeAll(1)).map((message) => message.bodyString() ?? ""), ["x"]);
});

const CONFIG = `
message:
  payload: !!binary AAH/
  persistent: false
  properties:
    content_type: application/x-test
    content_encoding: identity
    priority: 9
    correlation_id: "0123"
    reply_to: answers
    expiration: "3600000"
    message_id: "4711"
    timestamp: 1700000000
    type: a type
    user_id: guest
    app_id: ä
  headers:
    text: "1"
    small: -1
    beyond_int32: 2147483648
    unsigned: 4294967295
    fraction: 0.1
    yes_: true
    nothing: null
    bytes: !!binary /wA=
    list: [1, two, [3], {four: 4}]
    table: {inner: {innermost: 5000000000}}
    long: "${"x".repeat(20_000)}"
`;

Deno.test("properties and headers arrive as the config has them", async () => {
  await using queue = testQueue();
  const config = await Deno.makeTempFile({ prefix: "amqp-tasks-config-", suffix: ".yaml" });
  try {
    await Deno.writeTextFile(config, CONFIG);
    await succeed("send", ["--config", config, ...queue.args]);
  } finally {
    await Deno.remove(config);
  }
  const [message] = await queue.takeAll(1);
  assertEquals(message?.body, new Uint8Array([0, 1, 255]));
  const { headers, ...properties } = message?.properties ?? {};
  assertEquals({ ...properties }, {
    contentType: "application/x-test",
    contentEncoding: "identity",
    deliveryMode: 1,
    priority: 9,
    correlationId: "0123",
    replyTo: "answers",
    expiration: "3600000",
    messageId: "4711",
    timestamp: new Date(1_700_000_000_000),
    type: "a type",
    userId: "guest",
    appId: "ä",
  });
  assertEquals({ ...headers }, {
    text: "1",
    small: -1,
    beyond_int32: 2147483648,
    unsigned: 4294967295,
    fraction: 0.1,
    yes_: true,
    nothing: null,
    bytes: new Uint8Array([255, 0]),
    list: [1, "two", [3], { four: 4 }],
    table: { inner: { innermost: 5000000000 } },
    long: "x".repeat(20_000),
  });
});

// The broker itself compares them: a headers exchange passes on what is equal, and nothing else.
Deno.test("integers in headers arrive exactly", async () => {
  await using queue = testQueue();
  await queue.fill([]);
  await withChannel(TEST_URL, async (channel) => {
    await channel.exchangeDeclare(queue.name, "headers", { durable: true, autoDelete: true });
    const exact = { least: -(2n ** 63n), most: 2n ** 63n - 1n, odd: 2n ** 53n + 1n, u: 2n ** 31n };
    await channel.queueBind(queue.name, queue.name, "", { "x-match": "all", ...exact });
  });
  const send = (odd: string) =>
    run("send", [
      `--set=exchange={name: ${queue.name}, type: headers, auto_delete: true}`,
      ...["least=-9223372036854775808", "most=9223372036854775807", "u=2147483648", `odd=${odd}`]
        .map((header) => `--set=message.headers.${header}`),
      ...["--set", `queue.name=${queue.name}`],
    ]);
  const exact = await send("9007199254740993");
  assertEquals(exact.code, 0, exact.stderr);
  const rounded = await send("9007199254740992");
  assertEquals(rounded.code, 4, rounded.stderr);
});
