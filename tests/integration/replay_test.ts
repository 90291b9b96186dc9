import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { AMQPClient } from "@cloudamqp/amqp-client";
import { loginOf } from "../../lib/endpoint.ts";
import { ConnectionError, parseConfig, PublishError, replay } from "../../lib/mod.ts";
import { BROKER, CAN_BE_LINKED, PORT, urlBy } from "../support/broker_login.ts";
import { configFor } from "../support/library.ts";
import { type NetworkLink, networkLink } from "../support/network_link.ts";
import { type TestQueue, testQueue, withChannel } from "../support/queues.ts";
import { run, start, succeed, TEST_URL } from "../support/scripts.ts";

const ignore = !CAN_BE_LINKED;

/** A queue and its dead letters, some of which can be moved back. */
interface Queues extends AsyncDisposable {
  queue: TestQueue;
  deadLetters: TestQueue;
  /** Dead-letters messages: what they were to be moved back to is there no more. */
  fillImmovable(payloads: string[]): Promise<void>;
}

async function testQueues(): Promise<Queues> {
  const queue = testQueue();
  await queue.fill([]);
  const deadLetters = testQueue(TEST_URL, `${queue.name}.dead-letter`);
  return {
    queue,
    deadLetters,
    fillImmovable: (payloads) =>
      deadLetters.fill(payloads, { headers: { "x-failed-queue": `${queue.name}.gone` } }),
    async [Symbol.asyncDispose]() {
      await queue[Symbol.asyncDispose]();
      await deadLetters[Symbol.asyncDispose]();
    },
  };
}

const numbers = (count: number) => Array.from({ length: count }, (_, id) => `${id}`);

Deno.test("replay moves what is behind more messages than it takes at a time and cannot move", async () => {
  await using queues = await testQueues();
  const { queue, deadLetters } = queues;
  await queues.fillImmovable(numbers(450));
  await deadLetters.fill(["a", "b", "c"]);
  const { code, stderr } = await run("replay", queue.args);
  assertEquals(code, 4, stderr);
  assertEquals(stderr.split(`Not moved to ${queue.name}.gone: unroutable`).length - 1, 450);
  assertStringIncludes(
    stderr,
    `450 messages were not accepted and stay in ${deadLetters.name}; 3 were moved`,
  );
  const moved = await queue.takeAll(3);
  assertEquals(moved.map((message) => message.bodyString()), ["a", "b", "c"]);
  assertEquals(await deadLetters.count(), 450);
});

Deno.test("replay --count takes no message that it does not move, so that none is redelivered", async () => {
  await using queues = await testQueues();
  const { queue, deadLetters } = queues;
  await deadLetters.fill(numbers(260));
  for (const count of ["1", "250"]) {
    const { stderr } = await succeed("replay", ["--count", count, ...queue.args]);
    assertStringIncludes(stderr, `Moved ${count} message`);
  }
  assertEquals(await queue.count(), 251);
  const left = await deadLetters.takeAll(9);
  assertEquals(left.map((message) => message.bodyString()), numbers(260).slice(251));
  assertEquals(left.filter(({ redelivered }) => redelivered).length, 0);
});

Deno.test("replay --count counts what it moves, not what it cannot move", async () => {
  await using queues = await testQueues();
  const { queue, deadLetters } = queues;
  await queues.fillImmovable(["x", "y"]);
  await deadLetters.fill(["a", "b"]);
  const { code, stderr } = await run("replay", ["--count", "1", ...queue.args]);
  assertEquals(code, 4, stderr);
  assertStringIncludes(stderr, "2 messages were not accepted");
  assertStringIncludes(stderr, "1 was moved");
  assertEquals((await queue.takeAll(1)).map((message) => message.bodyString()), ["a"]);
  assertEquals(await deadLetters.count(), 3);
});

Deno.test({
  name: "replay waits for a message that a slow network takes seconds for",
  ignore,
  fn: async () => {
    await using queues = await testQueues();
    const { queue, deadLetters } = queues;
    await deadLetters.fill(["x".repeat(60_000)]);
    await using link = await networkLink(PORT);
    link.throttle({ bytesPerSecond: 20_000 });
    assertEquals(await replay(configFor(`queue: {name: ${queue.name}}`, urlBy(link))), 1);
    assertEquals([await queue.count(), await deadLetters.count()], [1, 0]);
  },
});

/** Consumes a queue of which one consumer at a time gets messages: one, until that is acknowledged. */
async function holdOne(queue: string) {
  const client = new AMQPClient(`${TEST_URL}?frameMax=131072`);
  await client.connect();
  const channel = await client.channel();
  await channel.basicQos(1);
  const messages: { ack(): Promise<void> }[] = [];
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  await channel.basicConsume(queue, { noAck: false }, (message) => {
    messages.push(message);
    (messages.length === 1 ? first : second).resolve();
  });
  await first.promise;
  return {
    async takeSecond() {
      await messages[0]?.ack();
      await second.promise;
    },
    async [Symbol.asyncDispose]() {
      if (!client.closed) await client.close();
    },
  };
}

/** Dead letters that another consumer has for itself. */
async function fillForOne({ name }: TestQueue, payloads: string[]): Promise<void> {
  await withChannel(TEST_URL, async (channel) => {
    const args = { "x-queue-type": "quorum", "x-single-active-consumer": true };
    await channel.queueDeclare(name, { durable: true }, args);
    await channel.confirmSelect();
    for (const payload of payloads) await channel.basicPublish("", name, payload);
  });
}

Deno.test("replay waits while the broker has messages and delivers them to nobody", async () => {
  await using queues = await testQueues();
  const { queue, deadLetters } = queues;
  await fillForOne(deadLetters, ["a", "b"]);
  await using other = await holdOne(deadLetters.name);
  await using replayer = start("replay", queue.args);
  await replayer.said(
    `has 1 message in '${deadLetters.name}', but delivers none; waiting`,
  );
  await other[Symbol.asyncDispose]();
  const { code, stderr } = await replayer.ended();
  assertEquals(code, 0, stderr);
  // As many as were ready when it began.
  assertStringIncludes(stderr, "Moved 1 message");
  assertEquals([await queue.count(), await deadLetters.count()], [1, 1]);
});

Deno.test("replay ends when somebody else has taken the rest", async () => {
  await using queues = await testQueues();
  const { queue, deadLetters } = queues;
  await fillForOne(deadLetters, ["a", "b"]);
  await using other = await holdOne(deadLetters.name);
  await using replayer = start("replay", queue.args);
  await replayer.said("delivers none; waiting");
  await other.takeSecond();
  const { code, stderr } = await replayer.ended();
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, "Moved 0 messages");
});

Deno.test("replay fails when it has waited long enough for messages that are there", async () => {
  await using queues = await testQueues();
  const { queue, deadLetters } = queues;
  await fillForOne(deadLetters, ["a", "b"]);
  await using _other = await holdOne(deadLetters.name);
  const error = await assertRejects(
    () => replay(configFor(`queue: {name: ${queue.name}}`), { patience: 1_500 }),
    ConnectionError,
    `The broker has 1 message in '${deadLetters.name}', but delivers none`,
  );
  assertStringIncludes(error.cure, "Another consumer");
});

for (
  const [what, lose] of Object.entries<(link: NetworkLink) => void>({
    "is reset": (link) => link.reset(),
    // The broker takes it for alive for a while, and keeps what it has delivered there.
    "falls silent": (link) => link.blackhole(),
  })
) {
  Deno.test({
    name: `replay counts once what it cannot move, and gets again when its connection ${what}`,
    ignore,
    fn: async () => {
      await using queues = await testQueues();
      const { queue, deadLetters } = queues;
      await queues.fillImmovable(["x", "y", "z"]);
      await deadLetters.fill(["a", "b"]);
      await using link = await networkLink(PORT);
      const { username, password } = loginOf(configFor("").broker);
      const broker = {
        host: [`127.0.0.1:${link.port}`, BROKER.host],
        username,
        password,
        heartbeat: "2s",
      };
      const config = parseConfig(JSON.stringify({ broker, queue: { name: queue.name } }));
      let refused = 0;
      const report = (line: string) => {
        if (line.startsWith("Not moved") && ++refused === 3) lose(link);
      };
      await assertRejects(
        () => replay(config, { report }),
        PublishError,
        `3 messages were not accepted and stay in ${deadLetters.name}; 2 were moved`,
      );
      assertEquals(refused, 6);
      const moved = (await queue.takeAll(2)).map((message) => message.bodyString());
      assertEquals([moved, await deadLetters.count()], [["a", "b"], 3]);
    },
  });
}
