/** Messages that are not what they say: nothing believes them, and nothing is lost for it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { testQueue } from "../support/queues.ts";
import { succeed } from "../support/scripts.ts";

const NOT_UTF8 = Uint8Array.of(0xfe, 0xff, 0x1b, 0x5b, 0x32, 0x4a);

const LIES = {
  "says JSON, and is none": { body: '{"a":', properties: { contentType: "application/json" } },
  "says JSON, and is no text": { body: NOT_UTF8, properties: { contentType: "application/json" } },
  "says gzip, and is none": { body: "plain", properties: { contentEncoding: "gzip" } },
  "says another charset": { body: "ä", properties: { contentType: "text/plain; charset=utf-16" } },
  "has a type that drives a terminal": {
    body: "x",
    properties: { contentType: "\x1b]0;title\x07", contentEncoding: "\r\n [x] Received 'forged'" },
  },
};

for (const [what, { body, properties }] of Object.entries(LIES)) {
  Deno.test(`a message that ${what} comes as it is, in every format`, async () => {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    await using queue = testQueue();
    const receive = async (format: string) => {
      await queue.fill([bytes], properties);
      return await succeed("receive", ["--count=1", "--format", format, ...queue.args]);
    };
    assertEquals((await receive("raw")).bytes, bytes);
    const text = (await receive("text")).stdout;
    assertEquals(text.split("\n").length, 2, text);
    assertEquals(/[^\x20-\uffff\n]/.test(text), false, text);
    const json = await receive("json");
    assertEquals(/[^\x20-\x7e\n]/.test(json.stdout.replaceAll("ä", "")), false, json.stdout);
    await succeed("send", ["--lines", "-", "--format", "json", ...queue.args], {
      stdin: json.bytes,
    });
    const [again] = await queue.takeAll(1);
    assertEquals(again?.body, bytes);
    assertEquals(
      again?.properties.contentType,
      (properties as { contentType?: string }).contentType,
    );
  });
}

Deno.test("headers that are nested 500 deep are sent, dumped and sent back", async () => {
  await using queue = testQueue();
  const deep = `${"{a: ".repeat(500)}1${"}".repeat(500)}`;
  const set = ["--set", `message.headers={deep: ${deep}}`];
  await succeed("send", [...set, ...queue.args]);
  const { stdout } = await succeed("receive", ["--count=1", "--format=json", ...queue.args]);
  assertStringIncludes(stdout, `${'{"a":'.repeat(500)}1${"}".repeat(500)}`);
  const lines = ["--lines", "-", "--format", "json"];
  await succeed("send", [...lines, ...queue.args], { stdin: stdout });
  const { stdout: again } = await succeed("receive", ["--count=1", "--format=json", ...queue.args]);
  assertEquals(JSON.parse(again).headers, JSON.parse(stdout).headers);
});
