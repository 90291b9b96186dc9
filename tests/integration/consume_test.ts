import { assert, assertEquals, assertRejects } from "@std/assert";
import { consume } from "../../lib/mod.ts";
import { configFor } from "../support/library.ts";
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

Deno.test("a count is kept when messages trickle in: no other is delivered meanwhile", async () => {
  await using queue = testQueue();
  await queue.fill(numbers(1, 5));
  const config = configFor(`queue: {name: ${queue.name}}`);
  const taken: string[] = [];
  const consuming = consume(config, (messages) => {
    for (const message of messages) taken.push(message.bodyString() ?? "");
    return Promise.resolve({ done: messages.length });
  }, { count: 10 });
  // The acknowledgements that were held back are made up for: the broker counts none as unacked.
  await until(() => Promise.resolve(taken.length === 5), { what: "five have come" });
  await until(async () => await unacknowledgedIsGone(queue.name), { what: "all acknowledged" });
  await queue.fill(numbers(6, 35));
  assertEquals(await consuming, 10);
  assertEquals(taken, numbers(1, 10));
  const left = await queue.takeAll(25);
  assertEquals(left.map((message) => message.bodyString()), numbers(11, 35));
  assertEquals(left.filter(({ redelivered }) => redelivered), []);
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

/** Whether a queue holds nothing: deleting it if empty says so, without doing it, by failing. */
function unacknowledgedIsGone(name: string): Promise<boolean> {
  return withChannel(TEST_URL, async (channel) => {
    const { consumerCount, messageCount } = await channel.queueDeclare(name, { passive: true });
    return consumerCount === 1 && messageCount === 0;
  });
}
