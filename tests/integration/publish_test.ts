import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  ConnectionError,
  createMessage,
  type OutgoingMessage,
  publish,
  PublishError,
} from "../../lib/mod.ts";
import { configFor } from "../support/library.ts";
import { testQueue } from "../support/queues.ts";
import { TEST_URL } from "../support/scripts.ts";

Deno.test("of messages with the same id, those that reached no queue are the ones refused", async () => {
  await using queue = testQueue();
  const config = configFor(`queue: {name: ${queue.name}}`);
  const messages = Array.from({ length: 400 }, (_, at) =>
    createMessage(config, {
      payload: `${at}`,
      routingKey: at % 2 ? "nowhere" : queue.name,
      properties: { messageId: "same" },
    }));
  const confirmed: OutgoingMessage[] = [];
  const refused: OutgoingMessage[] = [];
  await assertRejects(
    () =>
      publish(config, messages, {
        onConfirmed: (message) => confirmed.push(message),
        onRefused: (message) => refused.push(message),
      }),
    PublishError,
    "Of 400 messages 200 were not accepted and 0 are not confirmed; the first: unroutable",
  );
  assert(refused.every(({ routingKey }) => routingKey === "nowhere"));
  assert(confirmed.every(({ routingKey }) => routingKey === queue.name));
  assertEquals([confirmed.length, refused.length, await queue.count()], [200, 200, 200]);
});

Deno.test("one message object that comes twice is sent twice", async () => {
  await using queue = testQueue();
  const config = configFor(`queue: {name: ${queue.name}}`);
  const message = createMessage(config, { payload: "again" });
  assertEquals(await publish(config, [message, message]), 2);
  assertEquals(await queue.count(), 2);
});

Deno.test("a message that cannot be encoded is refused, and the others are sent", async () => {
  await using queue = testQueue();
  const config = configFor(`queue: {name: ${queue.name}}`);
  const reasons: string[] = [];
  const messages = [
    createMessage(config, { payload: "a" }),
    createMessage(config, { payload: "b", properties: { headers: { h: "x".repeat(200_000) } } }),
    createMessage(config, { payload: "c", properties: { type: "x".repeat(256) } }),
    createMessage(config, { payload: "d" }),
  ];
  await assertRejects(
    () => publish(config, messages, { onRefused: (_, reason) => reasons.push(reason) }),
    PublishError,
    "Of 4 messages 2 were not accepted",
  );
  assertEquals(reasons.length, 2);
  assert(reasons.every((reason) => reason.startsWith("cannot be sent: ")));
  const bodies = (await queue.takeAll(2)).map((message) => message.bodyString());
  assertEquals(bodies, ["a", "d"]);
});

for (const callback of ["onConfirmed", "onRefused"] as const) {
  Deno.test(`publish() ends with what ${callback} throws`, async () => {
    await using queue = testQueue();
    const config = configFor(`queue: {name: ${queue.name}}`);
    const routingKey = callback === "onRefused" ? "nowhere" : queue.name;
    const message = createMessage(config, { payload: "a", routingKey });
    const thrown = new Error("no more");
    const error = await assertRejects(() =>
      publish(config, [message], {
        [callback]: () => {
          throw thrown;
        },
      })
    );
    assertEquals(error, thrown);
  });
}

Deno.test("an iterable that fails ends publish() once what it gave is confirmed", async () => {
  await using queue = testQueue();
  const config = configFor(`queue: {name: ${queue.name}}`);
  const torn = new Error("torn");
  function* messages() {
    yield createMessage(config, { payload: "a" });
    yield createMessage(config, { payload: "b" });
    throw torn;
  }
  const lines: string[] = [];
  const error = await assertRejects(() =>
    publish(config, messages(), { report: (line) => lines.push(line) })
  );
  assertEquals(error, torn);
  assertEquals(lines, ["So far: 2 messages confirmed, 0 not accepted, 0 not confirmed"]);
  assertEquals(await queue.count(), 2);
});

Deno.test("an error holds no password, however closely one looks at it", async () => {
  const url = new URL(TEST_URL);
  url.password = "canary%40password";
  const config = configFor("queue: {name: unused}", url.href);
  const message = createMessage(config, { payload: "a" });
  const error = await assertRejects(() => publish(config, [message]), ConnectionError);
  assertStringIncludes(error.message, "login refused");
  const seen = Deno.inspect(error, { depth: 99, showHidden: true });
  assert(!/canary/.test(seen), seen);
});
