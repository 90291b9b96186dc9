import { assert, assertEquals, assertRejects } from "@std/assert";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { ConnectionError, consume } from "../../lib/mod.ts";
import { configFor } from "../support/library.ts";
import { NODE } from "../support/node_settings.ts";
import { until } from "../support/processes.ts";
import { testQueue, withChannel } from "../support/queues.ts";
import { TEST_URL } from "../support/scripts.ts";

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `${from + at}`);

Deno.test("what a handler throws ends consume(), and its messages stay in the queue", async () => {
  await using queue = testQueue();
  await queue.fill(numbers(1, 5));
  const error = new Error("no");
  const config = configFor(`queue: {name: ${queue.name}}`);
  assertEquals(await assertRejects(() => consume(config, () => Promise.reject(error))), error);
  assertEquals((await queue.takeAll(5)).length, 5);
});

Deno.test("what a handler is done with is acknowledged, and the rest is not", async () => {
  await using queue = testQueue();
  await queue.fill(numbers(1, 5));
  const config = configFor(`queue: {name: ${queue.name}}\nreceive: {prefetch: 5}`);
  const error = new Error("full");
  let given = 0;
  const thrown = await assertRejects(() =>
    consume(config, (messages) => {
      const done = Math.max(0, Math.min(messages.length, 3 - given));
      given += messages.length;
      return Promise.resolve(given > 3 ? { done, error } : { done });
    })
  );
  assertEquals(thrown, error);
  const left = (await queue.takeAll(2)).map((message) => message.bodyString());
  assertEquals(left, ["4", "5"]);
});

Deno.test("a batch ends with the message that brings it to 256 KiB", async () => {
  await using queue = testQueue();
  const length = 100 * 1024;
  await queue.fill([...Array(8).fill("x".repeat(length)), ...numbers(1, 92)]);
  const config = configFor(`queue: {name: ${queue.name}}`);
  const batches: number[][] = [];
  const total = await consume(config, async (messages) => {
    batches.push(messages.map(({ body }) => body?.length ?? 0));
    await until(async () => await queue.count() === 0, { what: "all were delivered" });
    return { done: messages.length };
  }, { count: 100 });
  assertEquals(total, 100);
  assertEquals(batches.filter((lengths) => lengths.filter((it) => it === length).length > 3), []);
  assert(batches.some((lengths) => lengths.length > 3), JSON.stringify(batches));
});

Deno.test("ack: on_delivery loses what the handler fails on, and holds no more than the prefetch", async () => {
  await using queue = testQueue();
  await queue.fill(numbers(1, 50));
  const config = configFor(
    `queue: {name: ${queue.name}}\nreceive: {ack: on_delivery, prefetch: 5}`,
  );
  const blocked = Promise.withResolvers<void>();
  const consuming = consume(config, async () => {
    await blocked.promise;
    return { done: 0, error: new Error("failed") };
  });
  const rejected = assertRejects(() => consuming, Error, "failed");
  // One batch of at most 5 is with the handler, at most 5 more wait for it.
  await until(async () => await queue.count() < 50, { what: "some were delivered" });
  assert(await queue.count() >= 40);
  blocked.resolve();
  await rejected;
  const left = await queue.takeAll();
  assert(left.length >= 45 && left.length < 50, `${left.length}`);
});

Deno.test({
  name:
    "a count is kept when messages trickle in: no other is delivered meanwhile (needs the node)",
  ignore: !NODE,
}, async () => {
  await using queue = testQueue();
  // The broker tells at once what is unacknowledged in a classic queue; of a quorum queue every 5 s.
  const config = configFor(`queue: {name: ${queue.name}, type: classic}`);
  const taken: string[] = [];
  const ready = Promise.withResolvers<void>();
  const consuming = consume(config, (messages) => {
    for (const message of messages) taken.push(message.bodyString() ?? "");
    return Promise.resolve({ done: messages.length });
  }, { count: 10, onReady: ready.resolve });
  await ready.promise;
  await publishPlainly(queue.name, numbers(1, 5));
  // What was held back, because five more may come, is acknowledged when none comes for a while.
  await until(() => Promise.resolve(taken.length === 5), { what: "five have come" });
  await untilAcknowledged(queue.name);
  await publishPlainly(queue.name, numbers(6, 35));
  assertEquals(await consuming, 10);
  assertEquals(taken, numbers(1, 10));
  const left = await queue.takeAll(25);
  assertEquals(left.map((message) => message.bodyString()), numbers(11, 35));
  assertEquals(left.filter(({ redelivered }) => redelivered), []);
});

Deno.test({
  name: "an auto-delete queue is not left while a count is incomplete (needs the node)",
  ignore: !NODE,
}, async () => {
  const name = `amqp-tasks.test.${crypto.randomUUID()}`;
  const config = configFor(`queue: {name: ${name}, auto_delete: true}`);
  const ready = Promise.withResolvers<void>();
  const taken: string[] = [];
  const consuming = consume(config, (messages) => {
    for (const message of messages) taken.push(message.bodyString() ?? "");
    return Promise.resolve({ done: messages.length });
  }, { count: 3, onReady: ready.resolve });
  await ready.promise;
  await publishPlainly(name, ["a", "b"]);
  await until(() => Promise.resolve(taken.length === 2), { what: "two have come" });
  // The queue would go with the consumer that is cancelled for what was held back.
  await untilAcknowledged(name);
  await publishPlainly(name, ["c"]);
  assertEquals(await consuming, 3);
  assertEquals(taken, ["a", "b", "c"]);
});

Deno.test("a handler that passes a message over ends consume(), and the message stays", async () => {
  await using queue = testQueue();
  await queue.fill(["a"]);
  const config = configFor(`queue: {name: ${queue.name}}`);
  await assertRejects(
    () => consume(config, () => Promise.resolve({ done: 0 })),
    Error,
    "The handler left 1 messages undone",
  );
  assertEquals((await queue.takeAll(1)).length, 1);
});

Deno.test("a handler's own connection error is no lost connection: it ends consume()", async () => {
  await using queue = testQueue();
  await queue.fill(["a"]);
  const config = configFor(`queue: {name: ${queue.name}}`);
  const error = new ConnectionError("the other broker is away");
  let calls = 0;
  const thrown = await assertRejects(() =>
    consume(config, () => {
      calls++;
      return Promise.reject(error);
    })
  );
  assertEquals([thrown, calls], [error, 1]);
});

Deno.test("a queue that is deleted is declared and consumed again", async () => {
  await using queue = testQueue();
  const config = configFor(`queue: {name: ${queue.name}}`);
  const lines: string[] = [];
  const ready = Promise.withResolvers<void>();
  const consuming = consume(
    config,
    (messages) => Promise.resolve({ done: messages.length }),
    { count: 1, report: (line) => lines.push(line), onReady: ready.resolve },
  );
  await ready.promise;
  await withChannel(TEST_URL, (channel) => channel.queueDelete(queue.name));
  await until(() => Promise.resolve(lines.some((line) => line.startsWith("Connected to "))), {
    what: "it is connected again",
  });
  assert(lines[0]?.startsWith("The broker cancelled the consumer"), lines[0]);
  await queue.fill(["after"]);
  assertEquals(await consuming, 1);
});

/** Publishes to a queue that exists, and waits until it has all. */
function publishPlainly(queue: string, payloads: string[]): Promise<unknown> {
  return withChannel(TEST_URL, async (channel) => {
    await channel.confirmSelect();
    await Promise.all(payloads.map((payload) => channel.basicPublish("", queue, payload)));
  });
}

/** Waits until no message of a classic queue is unacknowledged, as the broker sees it. */
async function untilAcknowledged(queue: string): Promise<void> {
  const node = await attachLocalRabbitmq(NODE);
  const isDone = async () => {
    const rows = await node.rabbitmqctl("list_queues", "name", "messages_unacknowledged");
    return rows.split("\n").includes(`${queue}\t0`);
  };
  await until(isDone, { what: "all is acknowledged" });
}
