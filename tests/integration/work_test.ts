import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { AMQPMessage } from "@cloudamqp/amqp-client";
import { receive } from "../../lib/receive.ts";
import { deadLetterQueue } from "../../lib/failures.ts";
import { CAN_BE_LINKED, PORT, urlBy } from "../support/broker_login.ts";
import { configFor } from "../support/library.ts";
import { networkLink } from "../support/network_link.ts";
import { until } from "../support/processes.ts";
import { type TestQueue, testQueue, withChannel } from "../support/queues.ts";
import { run, start, succeed, TEST_URL } from "../support/scripts.ts";
import { workQueue } from "../support/work_queue.ts";

const HANDLER = new URL("../support/handlers/by_payload.ts", import.meta.url).pathname;

function configOf({ name }: TestQueue, receive = "") {
  return configFor(
    `queue: {name: ${name}}\nreceive: {handler: none.ts, retry: {delay: 300ms}${receive}}`,
  );
}

Deno.test("what the handler succeeds on is acknowledged, one after the other, in order", async () => {
  await using queue = await workQueue();
  await queue.fill(["a", "b", "c"]);
  const seen: unknown[] = [];
  let running = 0;
  const count = await receive(configOf(queue), async ({ payload }) => {
    assertEquals(++running, 1);
    await new Promise((resolve) => setTimeout(resolve));
    seen.push(payload);
    running--;
  }, { count: 3 });
  assertEquals({ count, seen }, { count: 3, seen: ["a", "b", "c"] });
  assertEquals(await queue.count(), 0);
});

Deno.test("with concurrency 3 three messages are worked on at a time, and no more", async () => {
  await using queue = await workQueue();
  await queue.fill(["a", "b", "c", "d", "e", "f"]);
  let running = 0;
  let most = 0;
  const three = Promise.withResolvers<void>();
  await receive(configOf(queue, ", concurrency: 3"), async () => {
    most = Math.max(most, ++running);
    if (running === 3) three.resolve();
    await three.promise;
    running--;
  }, { count: 6 });
  assertEquals(most, 3);
});

Deno.test("a message that always fails is tried as often as configured, then dead-lettered", async () => {
  await using queue = await workQueue();
  await withChannel(TEST_URL, async (channel) => {
    await channel.confirmSelect();
    await channel.basicPublish("", queue.name, "x", {
      messageId: "the id",
      contentType: "text/plain",
      priority: 3,
      expiration: "60000",
      headers: { own: "header" },
    });
  });
  const tries: { attempt: number; at: number }[] = [];
  const lines: string[] = [];
  const count = await receive(configOf(queue, ", timeout: 5s"), (_message, { attempt }) => {
    tries.push({ attempt, at: performance.now() });
    throw new Error(`no\nat try ${attempt}`);
  }, { count: 3, report: (line) => lines.push(line) });
  assertEquals(count, 3);
  assertEquals(tries.map(({ attempt }) => attempt), [1, 2, 3]);
  for (const [index, { at }] of tries.slice(1).entries()) {
    const waited = at - (tries[index]?.at ?? 0);
    assert(waited >= 300, `it came again after ${waited} ms`);
  }
  const retried = (attempt: number) =>
    `Failed (attempt ${attempt} of 3, tried again in 0.3 s): no\\nat try ${attempt}`;
  const dead = `Failed (attempt 3 of 3, dead-lettered to ${queue.name}.dead-letter): no\\nat try 3`;
  assertEquals(lines, [retried(1), retried(2), dead]);
  assertEquals(await queue.count(), 0);
  const [message] = await queue.deadLetters.takeAll(1);
  const { headers = {}, ...properties } = message?.properties ?? {};
  const { "x-failed-at": at, ...rest } = headers;
  assert(at instanceof Date);
  assertEquals(rest, {
    "own": "header",
    "x-attempt": 3,
    "x-failed-exchange": "",
    "x-failed-routing-key": queue.name,
    "x-failed-expiration": "60000",
    "x-failed-queue": queue.name,
    "x-failed-reason": "no\nat try 3",
  });
  assertEquals([properties.messageId, properties.priority], ["the id", 3]);
  assertEquals(message?.bodyString(), "x");
});

Deno.test("a handler that hangs has failed when receive.timeout is over", async () => {
  await using queue = await workQueue();
  await queue.fill(["x"]);
  const aborted = Promise.withResolvers<void>();
  const only = ", timeout: 200ms, retry: {attempts: 1}";
  const config = configFor(`queue: {name: ${queue.name}}\nreceive: {handler: none.ts${only}}`);
  await receive(config, (_message, { signal }) => {
    signal.addEventListener("abort", () => aborted.resolve());
    return new Promise(() => {});
  }, { count: 1 });
  await aborted.promise;
  const [message] = await queue.deadLetters.takeAll(1);
  assertEquals(message?.properties.headers?.["x-failed-reason"], "not done within 0.2 s");
});

Deno.test("replay moves dead-lettered messages back as they were, to be tried anew", async () => {
  await using queue = await workQueue();
  const properties = { messageId: "1", expiration: "60000", headers: { own: "header" } };
  await queue.fill(["fail"], properties);
  const args = [...queue.args, `--set=receive={handler: ${HANDLER}, retry: {attempts: 1}}`];
  const failing = ["--count", "1", ...args];
  assertStringIncludes((await succeed("receive", failing)).stderr, "attempt 1 of 1, dead-lettered");
  assertEquals(await queue.count(), 0);
  const { stderr } = await succeed("replay", args);
  assertEquals(stderr, ` [*] Moved 1 message from '${queue.name}.dead-letter'\n`);
  assertEquals(await queue.deadLetters.count(), 0);
  const [message] = await queue.takeAll(1);
  const { messageId, expiration, headers } = message?.properties ?? {};
  assertEquals({ messageId, expiration, headers }, properties);
  assertEquals((await succeed("replay", args)).stderr.includes("Moved 0 messages"), true);
});

Deno.test("killing the receiver while messages fail, wait and are dead-lettered loses none", async () => {
  await using queue = await workQueue(100);
  const ids = Array.from({ length: 100 }, (_, id) => `${id}`);
  for (const id of ids) await queue.fill(["fail"], { messageId: id });
  await queue.deadLetters.fill([]);
  const settings =
    `receive={handler: ${HANDLER}, concurrency: 4, retry: {attempts: 3, delay: 100ms}}`;
  const args = [...queue.args, "--set", settings];
  for (let kills = 0; kills < 4; kills++) {
    await using receiver = start("receive", args);
    // Somewhere in the middle of it: the moment is chance, and so are the moments of the others.
    await until(
      // Where this test is slow beside the receiver, none may be left before the last kill.
      async () =>
        receiver.stdout.split("\n").length > 8 * (kills + 1) ||
        await queue.deadLetters.count() >= ids.length,
      { what: "some were handled" },
    );
    receiver.kill("SIGKILL");
  }
  await using _receiver = start("receive", args);
  const dead = new Set<string>();
  const allDead = async () => {
    for (const message of await queue.deadLetters.takeAll()) dead.add(idOf(message));
    return dead.size === ids.length;
  };
  await until(allDead, { what: "all are dead-lettered", timeout: 60_000 });
  assertEquals([...dead].toSorted(), ids.toSorted());
});

function idOf({ properties }: AMQPMessage): string {
  return properties.messageId ?? "";
}

Deno.test("SIGTERM lets the message in hand be finished, and leaves the others in the queue", async () => {
  await using queue = await workQueue();
  await queue.fill(["hang", "b", "c"]);
  const settings = `receive={handler: ${HANDLER}, timeout: 1s, retry: {attempts: 1}}`;
  await using receiver = start("receive", [...queue.args, "--set", settings]);
  await receiver.said("handled hang");
  receiver.kill("SIGTERM");
  const { code, stderr } = await receiver.ended();
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, "not done within 1 s");
  assertEquals(await queue.deadLetters.count(), 1);
  assertEquals(await queue.count(), 2);
});

Deno.test({
  name: "a connection that is lost while handlers run costs no message, and no end",
  ignore: !CAN_BE_LINKED,
}, async () => {
  await using queue = await workQueue();
  await queue.fill(["a", "b"]);
  await using link = await networkLink(PORT);
  const yaml = `queue: {name: ${queue.name}}\nreceive: {handler: none.ts, concurrency: 2}`;
  const done: unknown[] = [];
  const lines: string[] = [];
  const isBack = Promise.withResolvers<void>();
  let running = 0;
  await receive(configFor(yaml, urlBy(link)), async () => {
    if (++running === 2) link.reset();
    await isBack.promise;
  }, {
    count: 2,
    onDone: (message) => void done.push(message),
    report: (line) => {
      lines.push(line);
      if (line.startsWith("Connected")) isBack.resolve();
    },
  });
  assertEquals(done.length, 2);
  assert(running >= 4, `${running} calls`);
  assertEquals(await queue.count(), 0);
  assertStringIncludes(lines[0] ?? "", "Lost the connection");
});

Deno.test("a failed message of a queue that the broker names is tried again too", async () => {
  const exchange = `amqp-tasks.test.${crypto.randomUUID()}`;
  const config = configFor(
    `exchange: {name: ${exchange}, type: fanout, durable: false, auto_delete: true}
queue: {name: "", bindings: [{}]}
receive: {handler: none.ts, retry: {attempts: 2, delay: 100ms}}`,
  );
  await using deadLetters = testQueue(TEST_URL, `${exchange}.dead-letter`);
  const attempts: number[] = [];
  await receive(config, (_message, { attempt }) => {
    attempts.push(attempt);
    throw new Error("no");
  }, {
    count: 2,
    onReady: () =>
      void withChannel(TEST_URL, async (channel) => {
        await channel.confirmSelect();
        await channel.basicPublish(exchange, "", "x");
      }),
  });
  assertEquals(attempts, [1, 2]);
  assertEquals(await deadLetters.count(), 1);
});

Deno.test("a full dead-letter queue is waited for, and the handler is not called again", async () => {
  await using queue = await workQueue();
  await queue.fill(["x"]);
  const { name } = queue.deadLetters;
  // It exists already, and is of another kind than ours would be.
  await withChannel(TEST_URL, async (channel) => {
    const limits = { "x-max-length": 1, "x-overflow": "reject-publish" };
    await channel.queueDeclare(name, { durable: true }, limits);
    await channel.confirmSelect();
    await channel.basicPublish("", name, "full");
  });
  let calls = 0;
  const only = `queue: {name: ${queue.name}}\nreceive: {handler: none.ts, retry: {attempts: 1}}`;
  await receive(configFor(only), () => {
    calls++;
    throw new Error("no");
  }, {
    count: 1,
    report: (line) => {
      if (!line.includes("rejects a message, which waits")) return;
      withChannel(TEST_URL, async (channel) => void await channel.queuePurge(name));
    },
  });
  assertEquals(calls, 1);
  assertEquals((await queue.deadLetters.takeAll(1)).map((it) => it.bodyString()), ["x"]);
});

Deno.test("replay leaves what it cannot move, moves the rest, and exits 4", async () => {
  await using queue = await workQueue();
  await using other = await workQueue();
  const dead = [
    "--set",
    `receive={handler: ${HANDLER}, retry: {attempts: 1}, dead_letter: ${queue.name}.dead-letter}`,
  ];
  for (const { fill, args } of [queue, other]) {
    await fill(["fail"]);
    await succeed("receive", ["--count", "1", ...args, ...dead]);
  }
  await withChannel(TEST_URL, async (channel) => void await channel.queueDelete(other.name));
  const { code, stderr } = await run("replay", [
    ...queue.args,
    ...dead,
    "--set=message.mandatory=false",
  ]);
  assertEquals(code, 4, stderr);
  assertStringIncludes(stderr, `Not moved to ${other.name}: unroutable`);
  assertStringIncludes(stderr, "1 message was not accepted and stays in");
  assertEquals([await queue.count(), await queue.deadLetters.count()], [1, 1]);
});

Deno.test("replay where nothing was dead-lettered says so", async () => {
  await using queue = testQueue();
  await queue.fill([]);
  const { code, stderr } = await run("replay", queue.args);
  assertEquals(code, 5);
  assertStringIncludes(stderr, `There is no queue '${queue.name}.dead-letter': nothing was`);
});

Deno.test("a handler that lacks a permission ends the run with 2, and the message stays", async () => {
  await using queue = await workQueue();
  await queue.fill(["write"]);
  const { code, stderr } = await run("receive", [
    ...queue.args,
    `--set=receive.handler=${HANDLER}`,
  ]);
  assertEquals(code, 2, stderr);
  assertStringIncludes(stderr, "receive.handler: Requires write access");
  assertEquals(await queue.count(), 1);
});

Deno.test("receive without run permission says which task has it, and keeps the message", async () => {
  await using queue = await workQueue();
  await queue.fill(["x"]);
  const args = [...queue.args, "--set", "receive.exec=[cat]"];
  const { code, stderr } = await run("receive", [...args, "--count", "1"]);
  assertEquals(code, 2, stderr);
  assertStringIncludes(stderr, "deno task work");
  assertEquals(await queue.count(), 1);
  const { stdout } = await succeed("work", [...args, "--count", "1"]);
  assertEquals(stdout, "x");
  assertEquals(await queue.count(), 0);
});

Deno.test("the default dead-letter queue is named after the queue, or the exchange", () => {
  assertEquals(deadLetterQueue(configFor("queue: {name: q}")), "q.dead-letter");
  const unnamed = 'queue: {name: ""}\nexchange: {name: logs, type: fanout}';
  assertEquals(deadLetterQueue(configFor(unnamed)), "logs.dead-letter");
  const named = "queue: {name: q}\nreceive: {dead_letter: failed}";
  assertEquals(deadLetterQueue(configFor(named)), "failed");
});
