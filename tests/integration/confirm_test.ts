import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CAN_BE_LINKED, PORT, urlBy } from "../support/broker_login.ts";
import { networkLink } from "../support/network_link.ts";
import { until } from "../support/processes.ts";
import { type TestQueue, testQueue, withChannel } from "../support/queues.ts";
import { run, start, succeed, TEST_URL } from "../support/scripts.ts";
import { testExchange } from "../support/topology.ts";
import { readNumber } from "../support/read_number.ts";
import { assertSentOnly } from "../support/sent.ts";

function lines(count: number, from = 0): string {
  return Array.from({ length: count }, (_, index) => `${from + index}\n`).join("");
}

async function bodies(queue: TestQueue, least: number): Promise<string[]> {
  return (await queue.takeAll(least)).map((message) => message.bodyString() ?? "");
}

async function holds(queue: TestQueue, count: number): Promise<void> {
  await until(async () => await queue.count().catch(() => 0) === count, {
    what: `${count} messages are in the queue`,
  });
}

Deno.test("10,000 lines arrive once each, in order, persistent and each with its own id", async () => {
  await using queue = testQueue();
  const { stdout, stderr } = await succeed("send", ["--lines", "-", ...queue.args], {
    stdin: lines(10_000),
  });
  assertEquals(stdout, "");
  assertSentOnly(stderr, 10_000);
  const messages = await queue.takeAll(10_000);
  assertEquals(messages.map((message) => `${message.bodyString()}\n`).join(""), lines(10_000));
  assertEquals(new Set(messages.map(({ properties }) => properties.messageId)).size, 10_000);
  assertEquals(new Set(messages.map(({ properties }) => properties.deliveryMode)), new Set([2]));
});

Deno.test("a message that reaches no queue: exit 4, and never Sent", async () => {
  const name = `amqp-tasks.test.${crypto.randomUUID()}`;
  const config = await Deno.makeTempFile({ prefix: "amqp-tasks-config-", suffix: ".yaml" });
  try {
    await Deno.writeTextFile(config, `exchange: {name: ${name}}\nmessage: {payload: x}\n`);
    const one = await run("send", ["--config", config]);
    assertEquals({ code: one.code, stdout: one.stdout }, { code: 4, stdout: "" });
    assertStringIncludes(one.stderr, "error: The message was not accepted: unroutable");
    assertStringIncludes(one.stderr, "Check queue.name, message.routing_key and queue.bindings");

    const many = await run("send", ["--config", config, "--lines", "-"], { stdin: lines(3) });
    assertEquals({ code: many.code, stdout: many.stdout }, { code: 4, stdout: "" });
    assertMatch(many.stderr, /standard input:1 \(message [\w-]{36}\): unroutable/);
    assertStringIncludes(many.stderr, "Of 3 messages 3 were not accepted and 0 are not confirmed");
    assert(!/\bSent\b/.test(one.stderr + many.stderr));
  } finally {
    await Deno.remove(config);
    await withChannel(TEST_URL, (channel) => channel.exchangeDelete(name));
  }
});

Deno.test("mandatory: false lets a message that reaches no queue be sent: exit 0", async () => {
  await using queue = testQueue();
  await using exchange = await testExchange("fanout");
  const args = [...queue.args, "--set", `exchange={name: ${exchange.name}, type: fanout}`];
  assertEquals((await run("send", args)).code, 4);

  const { stdout } = await succeed("send", [...args, "--set", "message.mandatory=false"]);
  assertEquals(stdout, " [x] Sent 'Hello World!'\n");
});

Deno.test("a queue that must exist and does not: exit 5", async () => {
  await using queue = testQueue();
  const { code, stdout, stderr } = await run("send", [...queue.args, "--set=queue.passive=true"]);
  assertEquals({ code, stdout }, { code: 5, stdout: "" });
  assertStringIncludes(stderr, "no queue");
  assertStringIncludes(stderr, "remove queue.passive");
});

Deno.test("an exchange that must exist and does not: exit 5", async () => {
  const { code, stdout, stderr } = await run("send", [
    "--set=exchange={name: amqp-tasks.test.nowhere, passive: true}",
  ]);
  assertEquals({ code, stdout }, { code: 5, stdout: "" });
  assertStringIncludes(stderr, "no exchange");
  assertStringIncludes(stderr, "remove exchange.passive");
});

Deno.test("a queue that is deleted during a run: exit 4, and the lines that went nowhere", async () => {
  await using queue = testQueue();
  await using sender = start("send", ["--lines", "-", ...queue.args], { openStdin: true });
  await sender.write(lines(100));
  await holds(queue, 100);
  await queue[Symbol.asyncDispose]();
  await sender.write(lines(50, 100));
  await sender.closeStdin();
  const { code, stdout, stderr } = await sender.ended();
  assertEquals({ code, stdout }, { code: 4, stdout: "" }, stderr);
  assertStringIncludes(stderr, "Of 150 messages 50 were not accepted and 0 are not confirmed");
  const failed = [...stderr.matchAll(/^error: standard input:(\d+) .*: unroutable/gm)];
  const numbers = failed.map(([, number]) => Number(number));
  assertEquals(numbers, Array.from({ length: 50 }, (_, index) => 101 + index));
  assert(!/\bSent\b/.test(stderr), stderr);
});

for (const type of ["classic", "quorum"]) {
  Deno.test(`a full ${type} queue: exit 4, and as many confirmed as the queue holds`, async () => {
    await using queue = testQueue();
    const args = [
      ...queue.args,
      `--set=queue={name: ${queue.name}, type: ${type}, ` +
      "arguments: {x-max-length: 5, x-overflow: reject-publish}}",
    ];
    const many = await run("send", ["--lines", "-", ...args], { stdin: lines(2_000) });
    assertEquals({ code: many.code, stdout: many.stdout }, { code: 4, stdout: "" });
    const [, refused = NaN] =
      /Of 2,000 messages ([\d,]+) were not accepted and 0 /.exec(many.stderr)
        ?.map(readNumber) ?? [];
    const told = many.stderr.match(/^error: standard input:\d+ .*: rejected by the broker/gm);
    assertEquals(told?.length, refused);
    assert(!many.stderr.includes("connecting again"), many.stderr.slice(-500));

    const one = await run("send", args);
    assertEquals({ code: one.code, stdout: one.stdout }, { code: 4, stdout: "" });
    assertStringIncludes(one.stderr, "The message was not accepted: rejected by the broker");
    assertEquals(await queue.count(), 2_000 - refused, many.stderr.slice(-500));
    assert(!/\bSent\b/.test(many.stderr + one.stderr));
  });
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} during --lines -: what is reported as sent is in the queue, and no more`, async () => {
    await using queue = testQueue();
    await using sender = start("send", ["--lines", "-", ...queue.args], { openStdin: true });
    await sender.write(lines(1_000));
    await holds(queue, 1_000);
    const feeding = (async () => {
      for (let from = 1_000; !sender.hasEnded; from += 1_000) {
        await sender.write(lines(1_000, from));
      }
    })().catch(() => {});
    await until(async () => await queue.count() > 2_000, { what: "more have come" });
    sender.kill(signal);
    const { code, stdout, stderr } = await sender.ended();
    await feeding;
    assertEquals({ code, stdout }, { code: 0, stdout: "" }, stderr);
    const [, count = NaN] = /^ \[\*\] Sent ([\d,]+) messages\b/m.exec(stderr)?.map(readNumber) ??
      [];
    const expected = lines(count).trimEnd().split("\n");
    assertEquals(await bodies(queue, count), expected);
  });
}

Deno.test("SIGINT before anything was sent: exit 4", async () => {
  await using queue = testQueue();
  await using sender = start("send", ["--lines", "-", ...queue.args], { openStdin: true });
  await holds(queue, 0);
  await until(() => queue.count().then(() => true, () => false), { what: "it is connected" });
  sender.kill("SIGINT");
  const { code, stderr } = await sender.ended();
  assertEquals(code, 4, stderr);
  assertStringIncludes(stderr, "Stopped before anything was sent");
});

Deno.test({
  name: "SIGKILL during --lines FILE: nothing is called sent, the queue has the first lines",
  ignore: !CAN_BE_LINKED,
}, async () => {
  await using queue = testQueue();
  const file = await Deno.makeTempFile({ prefix: "amqp-tasks-lines-", suffix: ".txt" });
  try {
    await Deno.writeTextFile(file, lines(30_000));
    const args = ["--lines", file, ...queue.args];
    await using link = await networkLink(PORT);
    // So slow that it is not over before it is killed.
    link.throttle({ bytesPerSecond: 300_000 });
    await using sender = start("send", args, { url: urlBy(link) });
    await until(async () => await queue.count().catch(() => 0) > 1_000, { what: "some have come" });
    sender.kill("SIGKILL");
    const { stdout, stderr } = await sender.ended();
    // Nothing of it is on its way any more.
    await link[Symbol.asyncDispose]();
    assertEquals({ stdout, stderr }, { stdout: "", stderr: "" });
    const first = await bodies(queue, 1_000);
    assert(first.length < 30_000, "it was killed before the end");
    assertEquals(first, lines(first.length).trimEnd().split("\n"));

    // Who is not told that all is sent sends all again.
    await succeed("send", args);
    const all = new Set([...first, ...await bodies(queue, 30_000)]);
    assertEquals([...all].join("\n"), lines(30_000).trimEnd());
  } finally {
    await Deno.remove(file);
  }
});
