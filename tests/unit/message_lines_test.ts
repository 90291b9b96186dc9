import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { parseConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { describe, LineMessages, readBytes } from "../../lib/message_lines.ts";
import { createMessage, type OutgoingMessage } from "../../lib/message.ts";

const CONFIG = parseConfig("queue: {name: q}");
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const read = (file: string, format: "text" | "json", config = CONFIG) =>
  takeAll(new LineMessages(fixture(file), format, config));

async function takeAll(messages: LineMessages): Promise<OutgoingMessage[]> {
  const all: OutgoingMessage[] = [];
  for await (const some of messages) all.push(...some);
  return all;
}

Deno.test("LineMessages makes a message of each line, even when it is not UTF-8", async () => {
  const messages = await read("latin1.txt", "text");
  assertEquals(messages.map(({ body }) => body.toHex()), [
    "71756575653a",
    "20206e616d653a206772fcdf65",
  ]);
  assertEquals(messages.map(({ properties }) => properties.contentType), [
    "text/plain",
    "text/plain",
  ]);
});

Deno.test("LineMessages names file and line when a line is no JSON", async () => {
  const error = await assertRejects(() => read("wrong.yaml", "json"), ConfigError);
  assertMatch(error.message, /wrong\.yaml:1: not a line of JSON: /);
});

Deno.test("describe() names the line that a message was, and its id", async () => {
  const [, second] = await read("latin1.txt", "text");
  if (!second) throw new Error("no second line");
  const id = second.properties.messageId;
  assertEquals(describe(second), `${fixture("latin1.txt")}:2 (message ${id})`);
  const properties = { messageId: "\x1b" };
  assertEquals(describe(createMessage(CONFIG, { payload: "", properties })), "message \\x1b");
});

Deno.test("readBytes() reads the bytes of a file as they are", async () => {
  assertEquals((await readBytes(fixture("bom.txt"))).slice(0, 4).toHex(), "efbbbf71");
});

Deno.test("readBytes() says so when the file cannot be read", async () => {
  const reject = (file: string) => assertRejects(() => readBytes(file), ConfigError);
  assertEquals(
    (await reject("no\x1bsuch")).message,
    'Cannot read "no\\x1bsuch": there is no such file',
  );
  assertEquals(
    (await reject(fixture("."))).message,
    `Cannot read "${fixture(".")}": it is a folder`,
  );
});

Deno.test("LineMessages gives each message its own id, unless the config sets it", async () => {
  const ids = async (config = CONFIG) => {
    const messages = await read("latin1.txt", "text", config);
    return new Set(messages.map(({ properties }) => properties.messageId));
  };
  assertEquals((await ids()).size, 2);
  const fixed = parseConfig("queue: {name: q}\nmessage: {properties: {message_id: mine}}");
  assertEquals([...await ids(fixed)], ["mine"]);
});

Deno.test("LineMessages makes the same of a line as createMessage()", async () => {
  const config = parseConfig(`
    exchange: {name: e}
    message: {routing_key: k, persistent: false, headers: {h: 1}, properties: {message_id: i, type: t}}
  `);
  for (const { exchange, routingKey, properties, body } of await read("bom.txt", "text", config)) {
    const message = { exchange, routingKey, properties, body };
    assertEquals(message, createMessage(config, { payload: body, contentType: "text/plain" }));
  }
});

Deno.test("LineMessages.areTaken is true from the last message on", async () => {
  const messages = new LineMessages(fixture("latin1.txt"), "text", CONFIG);
  const batches = messages[Symbol.asyncIterator]();
  const { value: first } = await batches.next();
  await batches.next();
  const taken: boolean[] = [messages.areTaken];
  for (const _message of first ?? []) taken.push(messages.areTaken);
  assertEquals(taken, [false, false, true]);
});
