import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { NODE, setLimits } from "../support/node_settings.ts";
import { until } from "../support/processes.ts";
import { type TestQueue, testQueue, withChannel } from "../support/queues.ts";
import { type Result, run, start, succeed, TEST_URL } from "../support/scripts.ts";
import { set, testExchange } from "../support/topology.ts";

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `${from + at}`);
const lines = (from: number, to: number) => numbers(from, to).map((id) => `${id}\n`).join("");

async function holds(queue: TestQueue, count: number): Promise<void> {
  const isThere = async () => await queue.count().catch(() => -1) === count;
  await until(isThere, { what: `${count} messages are in the queue` });
}

function assertNeverSent({ stdout, stderr }: Result): void {
  assertEquals(stdout, "");
  assert(!/\bSent\b/.test(stderr), stderr);
}

Deno.test("receive: a queue that is deleted is declared and consumed again, and a line says so", async () => {
  await using queue = testQueue();
  await using receiver = start("receive", [...queue.args, "--count", "1"]);
  await receiver.said("Waiting for messages");
  await withChannel(TEST_URL, (channel) => channel.queueDelete(queue.name));
  await receiver.said("Connected to");
  await queue.fill(["after"]);
  const { code, stdout, stderr } = await receiver.ended();
  assertEquals({ code, stdout }, { code: 0, stdout: " [x] Received 'after'\n" }, stderr);
  assertMatch(
    stderr,
    /^.*Waiting.*\n \[\*\] The broker cancelled the consumer: its queue is gone or moved; connecting again\n \[\*\] Connected to \S+\n$/,
  );
});

Deno.test({
  name: "send: what a deleted queue did not get is told, and the next connection declares it again",
  ignore: !NODE,
  fn: async () => {
    await using queue = testQueue();
    await using sender = start("send", ["--lines", "-", ...queue.args], { openStdin: true });
    await sender.write(lines(0, 100));
    await holds(queue, 100);
    await withChannel(TEST_URL, (channel) => channel.queueDelete(queue.name));
    await sender.write(lines(100, 150));
    await sender.said("standard input:150 ");
    const node = await attachLocalRabbitmq(NODE);
    await node.rabbitmqctl("close_all_connections", "to try it");
    await sender.said("Connected to");
    await sender.write(lines(150, 200));
    await holds(queue, 50);
    await sender.closeStdin();
    const result = await sender.ended();
    assertEquals(result.code, 4, result.stderr);
    assertNeverSent(result);
    const lost = [...result.stderr.matchAll(/^error: standard input:(\d+) .*: unroutable/gm)];
    assertEquals(lost.map(([, line]) => line), numbers(101, 151));
    assertStringIncludes(result.stderr, "Of 200 messages 50 were not accepted and 0 are not con");
    const there = (await queue.takeAll(50)).map((message) => message.bodyString());
    assertEquals(there, numbers(150, 200));
  },
});

Deno.test("send: an exchange that is deleted ends it with 5, and it tells what was confirmed", async () => {
  await using queue = testQueue();
  await using exchange = await testExchange("fanout");
  const topology = set({
    exchange: { name: exchange.name, type: "fanout" },
    queue: { name: queue.name, bindings: [{}] },
  });
  await using sender = start("send", ["--lines", "-", ...topology], { openStdin: true });
  await sender.write(lines(0, 100));
  await holds(queue, 100);
  await exchange[Symbol.asyncDispose]();
  await sender.write(lines(100, 101));
  const result = await sender.ended();
  assertEquals(result.code, 5, result.stderr);
  assertNeverSent(result);
  assertEquals(
    result.stderr,
    ` [*] So far: 100 messages confirmed, 0 not accepted, 1 not confirmed
error: The broker refused: "NOT_FOUND - no exchange '${exchange.name}' in vhost '/'"
  Check exchange.name, and the exchange of queue.bindings
`,
  );
});

Deno.test("send: a property that the broker refuses ends it with 4, and it tells what was confirmed", async () => {
  await using queue = testQueue();
  const args = ["--lines", "-", "--format", "json", ...queue.args];
  await using sender = start("send", args, { openStdin: true });
  await sender.write('{"payload":"a"}\n{"payload":"b"}\n');
  await holds(queue, 2);
  await sender.write('{"payload":"c","properties":{"user_id":"somebody else"}}\n');
  const result = await sender.ended();
  assertEquals(result.code, 4, result.stderr);
  assertNeverSent(result);
  assertMatch(
    result.stderr,
    /^.* So far: 2 messages confirmed, 0 not accepted, 1 not confirmed\nerror: The broker refused a message: "PRECONDITION_FAILED - user_id property set to 'somebody else' but .*\n {2}Check its size and message\.properties\n$/,
  );
});

Deno.test({
  name: "send: a message that is too large for the broker ends it with 4",
  ignore: !NODE,
  fn: async () => {
    await using queue = testQueue();
    await using _limits = await setLimits({ max_message_size: 100_000 });
    const stdin = new Uint8Array(100_001);
    const result = await run("send", ["--file", "-", ...queue.args], { stdin });
    assertEquals(result.code, 4, result.stderr);
    assertNeverSent(result);
    assertEquals(
      result.stderr,
      `error: The broker refused a message: "PRECONDITION_FAILED - message size 100001 is larger than configured max size 100000"
  Check its size and message.properties
`,
    );
    assertEquals(await queue.count(), 0);
  },
});

Deno.test({
  name: "receive: deliveries that the broker takes back from a slow reader come again",
  ignore: !NODE,
  fn: async () => {
    await using queue = testQueue();
    // More than a pipe holds.
    const stdin = numbers(0, 400).map((id) => `${id.padEnd(1_000)}\n`).join("");
    await succeed("send", ["--lines", "-", ...queue.args], { stdin });
    const limited = await setLimits({ consumer_timeout: 1_000, channel_tick_interval: 100 });
    const args = ["--format", "json", ...queue.args];
    await using receiver = start("receive", args, { paused: true });
    try {
      await receiver.said("Waiting for messages");
      await until(async () => await consumers(queue) === 0, { what: "the broker has cut it" });
    } finally {
      await limited[Symbol.asyncDispose]();
    }
    receiver.resume();
    const ids = new Map<string, Set<string>>();
    const printed = () => {
      for (const line of receiver.stdout.split("\n").slice(0, -1)) {
        const { payload, properties } = JSON.parse(line);
        ids.set(payload, (ids.get(payload) ?? new Set()).add(properties.message_id));
      }
      return Promise.resolve(ids.size === 400);
    };
    await until(printed, { what: "every message is printed" });
    await holds(queue, 0);
    receiver.kill("SIGINT");
    const { code, stderr } = await receiver.ended();
    assertEquals(code, 0, stderr);
    assertMatch(
      stderr,
      /^.*Waiting.*\n( \[\*\] Lost the channel: PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out\..*; connecting again\n \[\*\] Connected to \S+\n)+$/,
    );
    assertEquals([...ids.values()].filter(({ size }) => size !== 1), []);
    assertEquals(await queue.count(), 0);
  },
});

function consumers(queue: TestQueue): Promise<number> {
  return withChannel(TEST_URL, async (channel) => {
    return (await channel.queueDeclare(queue.name, { passive: true })).consumerCount;
  });
}
