import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { CAN_BE_LINKED, PORT, urlBy } from "../support/broker_login.ts";
import { networkLink } from "../support/network_link.ts";
import { NODE } from "../support/node_settings.ts";
import { until } from "../support/processes.ts";
import { type TestQueue, testQueue } from "../support/queues.ts";
import { type Result, run, start, succeed } from "../support/scripts.ts";

const linux = Deno.build.os === "linux";

/** What stands around a payload in text format: ` [x] Received '…'` and a newline. */
const AROUND = 17;
const LENGTH = 750;
/** What a pipe holds on Linux, and what `head` reads at once. */
const PIPE = 65_536;
const HEAD = 8_192;

function payloads(count: number): string[] {
  return Array.from({ length: count }, (_, id) => `${id}.`.padEnd(LENGTH, "x"));
}

/** The ids of what is in the queue, in its order. */
async function queued(queue: TestQueue, least = 0): Promise<number[]> {
  return (await queue.takeAll(least)).map((message) => parseInt(message.bodyString() ?? ""));
}

/** The ids of the lines that were written in full. */
function printed({ stdout }: Pick<Result, "stdout">): number[] {
  return [...stdout.matchAll(/^ \[x\] Received '(\d+)\.x*'\n/gm)].map(([, id]) => Number(id));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function assertNoStack(stderr: string): void {
  assert(!/^\s+at /m.test(stderr), stderr);
}

/** A receiver that cannot go on, because nobody reads what it writes. */
async function blockedReceiver(queue: TestQueue, args: string[] = []) {
  const receiver = start("receive", [...queue.args, ...args], { paused: true });
  await receiver.said("[*] Waiting for messages");
  await until(() => isBlocked(receiver.pid), { what: "its output is blocked" });
  return receiver;
}

/** Whether a thread of a process waits for room in a pipe; Linux only. */
async function isBlocked(pid: number): Promise<boolean> {
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const call = await Deno.readTextFile(`/proc/${pid}/task/${name}/wchan`).catch(() => "");
    if (/pipe_w/.test(call)) return true;
  }
  return false;
}

Deno.test({
  name: "receive | head -1 ends with 0 and acknowledges only what the pipe took",
  ignore: !linux,
  fn: async () => {
    await using queue = testQueue();
    await queue.fill(payloads(3_000));
    const result = await run("receive", queue.args, {
      shell: '{ "$@"; echo "exit code $?" >&2; } | head -1',
    });
    assertEquals(printed(result), [0]);
    assertStringIncludes(result.stderr, "exit code 0\n");
    assertStringIncludes(result.stderr, "Standard output was closed by its reader");
    assertNoStack(result.stderr);

    const taken = Math.floor((PIPE + HEAD) / (LENGTH + AROUND));
    const rest = await queued(queue, 3_000 - taken);
    assertEquals(rest.toSorted((a, b) => a - b), range(3_000 - rest.length, 3_000));
    assert(rest.length < 3_000, "what head has shown is acknowledged");
  },
});

Deno.test({
  name: "receive > /dev/full exits 1 and leaves every message in the queue",
  ignore: !linux,
  fn: async () => {
    await using queue = testQueue();
    await queue.fill(payloads(500));
    const { code, stderr } = await run("receive", queue.args, { shell: 'exec "$@" >/dev/full' });
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, "error: Cannot write to standard output: No space left on device");
    assertStringIncludes(stderr, "still in the queue");
    assertNoStack(stderr);
    assertEquals((await queued(queue, 500)).toSorted((a, b) => a - b), range(0, 500));
  },
});

Deno.test({
  name: "a reader that pauses leaves all but the prefetch in the queue, and SIGKILL loses nothing",
  ignore: !linux || !NODE,
  fn: async () => {
    await using queue = testQueue();
    await queue.fill(payloads(3_000));
    await using receiver = await blockedReceiver(queue, ["--set", "receive.prefetch=120"]);
    const broker = await attachLocalRabbitmq(NODE);
    let row = "";
    await until(async () => {
      const table = await broker.rabbitmqctl(
        "list_queues",
        "name",
        "messages_unacknowledged",
        "messages",
      );
      row = table.split("\n").find((line) => line.startsWith(queue.name)) ?? "";
      return /\t[1-9]\d*\t/.test(row);
    }, { what: "there are unacknowledged messages" });
    const [, unacknowledged = NaN, all = NaN] = row.split("\t").map(Number);
    assert(unacknowledged <= 120, row);
    assert(all >= 3_000 - PIPE / (LENGTH + AROUND), row);

    receiver.kill("SIGKILL");
    const written = printed(await receiver.ended());
    const rest = await queued(queue, 3_000 - written.length);
    assertEquals(new Set([...written, ...rest]).size, 3_000);
    const { stdout } = await succeed("receive", [...queue.args, "--idle", "300ms"]);
    assertEquals(stdout, "");
  },
});

for (const [count, of] of [[1, 10], [150, 500], [250, 500]] as const) {
  Deno.test(`--count ${count} takes exactly ${count} of ${of}, and touches no other`, async () => {
    await using queue = testQueue();
    await queue.fill(payloads(of));
    const result = await succeed("receive", [...queue.args, "--count", `${count}`]);
    assertEquals(printed(result), range(0, count));
    const rest = await queue.takeAll(of - count);
    assertEquals(rest.map((message) => parseInt(message.bodyString() ?? "")), range(count, of));
    assertEquals(rest.filter(({ redelivered }) => redelivered).length, 0);
  });
}

Deno.test("--idle ends with 0 when no message has come for so long", async () => {
  await using queue = testQueue();
  await queue.fill(payloads(3));
  const began = performance.now();
  const result = await succeed("receive", [...queue.args, "--idle", "300ms"]);
  assertEquals(printed(result), [0, 1, 2]);
  assertEquals(await queue.count(), 0);
  const took = performance.now() - began;
  assert(took > 300, `it took ${took} ms`);
});

Deno.test({
  name: "SIGTERM while messages flow: each is printed or in the queue, none is both",
  ignore: !CAN_BE_LINKED,
}, async () => {
  await using queue = testQueue();
  await queue.fill(range(0, 20_000).map((id) => `${id}.`));
  await using link = await networkLink(PORT);
  // So slow that it is not over before it is stopped.
  link.throttle({ bytesPerSecond: 100_000 });
  await using receiver = start("receive", queue.args, { url: urlBy(link) });
  await receiver.said("Received");
  receiver.kill("SIGTERM");
  link.restore();
  const result = await receiver.ended();
  assertEquals(result.code, 0, result.stderr);
  const written = printed(result);
  assertEquals(written, range(0, written.length));
  assert(written.length < 20_000, "it was stopped before the end");
  const rest = await queued(queue, 20_000 - written.length);
  assertEquals(rest.toSorted((a, b) => a - b), range(written.length, 20_000));
});

Deno.test({
  name: "SIGINTs at the same time are one: what was being written is finished",
  ignore: !linux,
  fn: async () => {
    await using queue = testQueue();
    await queue.fill(payloads(500));
    await using receiver = await blockedReceiver(queue);
    const began = performance.now();
    // Two might be one for the system too; and whatever holds this up, none comes late.
    while (performance.now() - began < 30) receiver.kill("SIGINT");
    receiver.resume();
    const result = await receiver.ended();
    assertEquals(result.code, 0, result.stderr);
    const written = printed(result);
    assertEquals(result.stdout.length, written.length * (LENGTH + AROUND));
    const rest = await queued(queue, 500 - written.length);
    assertEquals(rest.toSorted((a, b) => a - b), range(written.length, 500));
  },
});

Deno.test({
  name: "a SIGINT more than 0.5 s after the first one forces an end with 130",
  ignore: !linux,
  fn: async () => {
    await using queue = testQueue();
    await queue.fill(payloads(500));
    await using receiver = await blockedReceiver(queue);
    const began = performance.now();
    const insist = () => {
      if (!receiver.hasEnded) receiver.kill("SIGINT");
      return Promise.resolve(receiver.hasEnded);
    };
    await until(insist, { what: "it has ended" });
    const took = performance.now() - began;
    const result = await receiver.ended();
    assertEquals(result.code, 130, result.stderr);
    assert(took > 500, `it took ${took} ms`);
    const written = printed(result);
    const rest = await queued(queue, 500 - written.length);
    assertEquals(new Set([...written, ...rest]).size, 500);
  },
});
