import { assertEquals, assertStringIncludes } from "@std/assert";
import type { AMQPMessage } from "@cloudamqp/amqp-client";
import { receive } from "../../lib/receive.ts";
import { configFor } from "../support/library.ts";
import { until } from "../support/processes.ts";
import { type TestQueue, testQueue, withChannel } from "../support/queues.ts";
import { succeed, TEST_URL } from "../support/scripts.ts";

/** Asks by the plain client, has `serve` answer, and returns what has come back. */
async function ask(
  { name }: TestQueue,
  requests: string[],
  serve: () => Promise<unknown>,
): Promise<AMQPMessage[]> {
  return await withChannel(TEST_URL, async (channel) => {
    const answers: AMQPMessage[] = [];
    const replyTo = "amq.rabbitmq.reply-to";
    await channel.basicConsume(replyTo, { noAck: true }, (answer) => void answers.push(answer));
    for (const [index, body] of requests.entries()) {
      await channel.basicPublish("", name, body, { replyTo, correlationId: `request ${index}` });
    }
    await serve();
    const all = () => Promise.resolve(answers.length >= requests.length);
    await until(all, { what: "all answers have come" });
    return answers;
  });
}

async function rpcQueue(): Promise<TestQueue> {
  const queue = testQueue();
  await queue.fill([]);
  const remove = () =>
    withChannel(TEST_URL, async (channel) => {
      for (const suffix of ["", ".dead-letter", ".retry.10000ms"]) {
        await channel.queueDelete(queue.name + suffix);
      }
    });
  return { ...queue, [Symbol.asyncDispose]: remove };
}

Deno.test("what a handler returns is the answer: text, bytes, JSON, or nothing", async () => {
  await using queue = await rpcQueue();
  const values = ["text ü", Uint8Array.of(0, 255), { answer: 42 }, undefined, null];
  const config = configFor(`queue: {name: ${queue.name}}`);
  const answers = await ask(
    queue,
    ["0", "1", "2", "3", "4"],
    () => receive(config, ({ payload }) => values[Number(payload)], { count: 5 }),
  );
  const bodies = answers.map(({ body }) => [...body ?? []]);
  const encoded = ["text ü", "", '{"answer":42}', "", "null"].map((text) => [
    ...new TextEncoder().encode(text),
  ]);
  assertEquals(bodies, encoded.with(1, [0, 255]));
  const types = answers.map(({ properties }) => properties.contentType);
  const bytes = "application/octet-stream";
  const json = "application/json";
  assertEquals(types, ["text/plain", bytes, json, bytes, json]);
  const ids = answers.map(({ properties }) => properties.correlationId);
  assertEquals(ids, [0, 1, 2, 3, 4].map((index) => `request ${index}`));
});

Deno.test("an error in the handler is the answer, and the request is dead-lettered at once", async () => {
  await using queue = await rpcQueue();
  const lines: string[] = [];
  const config = configFor(`queue: {name: ${queue.name}}`);
  const fail = () => Promise.reject(new Error("no such thing"));
  const [answer] = await ask(
    queue,
    ["x"],
    () => receive(config, fail, { count: 1, report: (line) => lines.push(line) }),
  );
  assertEquals(answer?.bodyString(), "no such thing");
  const { type, headers, correlationId } = answer?.properties ?? {};
  assertEquals([type, headers, correlationId], ["error", { "x-error": true }, "request 0"]);
  const fate = `attempt 1 of 3, dead-lettered to ${queue.name}.dead-letter`;
  assertEquals(lines, [`Failed (${fate}): no such thing`]);
  assertEquals(await queue.count(), 0);
  assertEquals(await testQueue(TEST_URL, `${queue.name}.dead-letter`).count(), 1);
});

Deno.test("an answer that nobody waits for any more is dropped with a line", async () => {
  await using queue = await rpcQueue();
  await queue.fill(["x"], { replyTo: `amqp-tasks.test.${crypto.randomUUID()}` });
  const lines: string[] = [];
  const config = configFor(`queue: {name: ${queue.name}}`);
  await receive(config, () => "42", { count: 1, report: (line) => lines.push(line) });
  assertEquals(lines, ["An answer was not taken: unroutable: it reached no queue"]);
  assertEquals(await queue.count(), 0);
});

Deno.test("what cannot be sent as an answer is a failure, and the answer says so", async () => {
  await using queue = await rpcQueue();
  const circle: Record<string, unknown> = {};
  circle.itself = circle;
  const config = configFor(`queue: {name: ${queue.name}}`);
  const [answer] = await ask(queue, ["x"], () => receive(config, () => circle, { count: 1 }));
  assertEquals(answer?.properties.type, "error");
  assertStringIncludes(answer?.bodyString() ?? "", "circular");
});

Deno.test("a reply queue that is full does not keep others from their answers", async () => {
  await using queue = await rpcQueue();
  await using full = testQueue();
  const limits = { "x-max-length": 1, "x-overflow": "reject-publish" };
  await withChannel(TEST_URL, async (channel) => {
    await channel.queueDeclare(full.name, { durable: true }, limits);
    await channel.confirmSelect();
    await channel.basicPublish("", full.name, "full");
  });
  await queue.fill(["x"], { replyTo: full.name });
  const config = configFor(`queue: {name: ${queue.name}}`);
  const [answer] = await ask(
    queue,
    ["y"],
    () => receive(config, ({ payload }) => `${payload}!`, { count: 2 }),
  );
  assertEquals(answer?.bodyString(), "y!");
});

Deno.test("what a command prints is the answer", async () => {
  await using queue = await rpcQueue();
  const command = ["--set", "receive.exec=[tr, a-z, A-Z]", "--count", "1", ...queue.args];
  const [answer] = await ask(queue, ["loud"], async () => {
    const { stdout, stderr } = await succeed("work", command);
    assertEquals(stdout, "");
    assertStringIncludes(stderr, "Done 'loud'");
  });
  assertEquals(answer?.bodyString(), "LOUD");
});
