import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CAN_BE_LINKED, PORT, urlBy } from "../support/broker_login.ts";
import { networkLink } from "../support/network_link.ts";
import { residentMemory, until } from "../support/processes.ts";
import { testQueue } from "../support/queues.ts";
import { testExchange } from "../support/topology.ts";
import { run, type Script, start, succeed } from "../support/scripts.ts";
import { readNumber } from "../support/read_number.ts";
import { assertSentOnly } from "../support/sent.ts";

const MB = 1024 * 1024;
/** A full stop of the reading of standard input: pipes, and what is read ahead. */
const READ_AHEAD = 4 * MB;
/** How long the lines are whose memory is measured. */
const LENGTH = 200;

Deno.test("--repeat sends the message so many times, each with its own id", async () => {
  await using queue = testQueue();
  const args = ["--repeat", "2500", ...queue.args, "Hello", "again"];
  const { stdout, stderr } = await succeed("send", args);
  assertEquals(stdout, "");
  assertSentOnly(stderr, 2_500);
  const messages = await queue.takeAll(2_500);
  assertEquals(messages.length, 2_500);
  assertEquals(new Set(messages.map((each) => each.bodyString())), new Set(["Hello again"]));
  assertEquals(new Set(messages.map(({ properties }) => properties.messageId)).size, 2_500);
});

Deno.test("--repeat sends a file, or the config's message, and keeps the id that the config sets", async () => {
  await using queue = testQueue();
  const stdin = new Uint8Array([0, 255, 10]);
  const { stderr } = await succeed("send", ["--file=-", "--repeat=1", ...queue.args], { stdin });
  assertEquals(stderr, " [*] Sent 1 message\n");
  const set = ["--set", "message.properties.message_id=mine", "--quiet"];
  const quiet = await succeed("send", ["--repeat=3", ...set, ...queue.args]);
  assertEquals([quiet.stdout, quiet.stderr], ["", ""]);
  const messages = await queue.takeAll(4);
  assertEquals(messages.map(({ body }) => body?.length), [3, 12, 12, 12]);
  assertEquals(messages.slice(1).map(({ properties }) => properties.messageId), [
    "mine",
    "mine",
    "mine",
  ]);
});

for (
  const [args, message] of [
    [["--repeat", "0"], '--repeat "0" is not a whole number from 1 on'],
    [["--repeat", "1e3"], '--repeat "1e3" is not a whole number from 1 on'],
    [["--repeat=2", "--lines=-"], "Cannot use --repeat with --lines: choose one"],
    [["--repeat=2", "--set=message.reply={timeout: 1s}"], "--repeat sends without waiting"],
  ] as const
) {
  Deno.test(`send ${args.join(" ")}: exit 2`, async () => {
    const { code, stdout, stderr } = await run("send", [...args], { stdin: "x\n" });
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertStringIncludes(stderr, message);
  });
}

Deno.test("--repeat to where no queue is: exit 4, and a line for each", async () => {
  await using queue = testQueue();
  const args = ["--repeat=3", "--set=message.routing_key=nowhere", ...queue.args];
  const { code, stderr } = await run("send", args);
  assertEquals(code, 4, stderr);
  assertEquals(stderr.match(/^error: message [\w-]{36}: unroutable/gm)?.length, 3, stderr);
  assertStringIncludes(stderr, "Of 3 messages 3 were not accepted and 0 are not confirmed");
});

Deno.test("SIGINT during --repeat: exit 4, and what is in the queue is all confirmed", async () => {
  await using queue = testQueue();
  await using sender = start("send", ["--repeat", "100000000", ...queue.args]);
  await until(async () => await queue.count().catch(() => 0) > 2_000, { what: "some have come" });
  sender.kill("SIGINT");
  const { code, stderr } = await sender.ended();
  assertEquals(code, 4, stderr);
  const [, sent, left] = / \[\*\] Sent ([\d,]+) messages\nerror: Stopped: ([\d,]+) of 100,000,000 /
    .exec(stderr)?.map(readNumber) ?? [];
  assertEquals([await queue.count(), Number(sent) + Number(left)], [sent, 100_000_000], stderr);
});

/** Its largest memory until it ends, in MB, as far as it is seen. */
async function largestMemory(sender: Script): Promise<number> {
  let most = 0;
  const look = async () => {
    const memory = await residentMemory(sender.pid).catch(() => NaN);
    if (memory > most) most = memory;
    return sender.hasEnded;
  };
  await until(look, { what: "it has ended", timeout: 120_000 });
  return most / MB;
}

Deno.test("SIGINT ends a --repeat of what cannot be sent", async () => {
  await using queue = testQueue();
  const config = await Deno.makeTempFile({ prefix: "amqp-tasks-config-", suffix: ".yaml" });
  await using _cleanUp = { [Symbol.asyncDispose]: () => Deno.remove(config) };
  const header = `{large: ${"x".repeat(140_000)}}`;
  await Deno.writeTextFile(config, `message: {payload: x, headers: ${header}}\n`);
  const args = ["--repeat=100000000", "--config", config, ...queue.args];
  await using sender = start("send", args);
  await sender.said("its headers take more than the 131072 bytes of a frame");
  sender.kill("SIGINT");
  assertEquals((await sender.ended()).code, 4);
});

Deno.test("half a character in what routes a message is refused, and never passes for sent", async () => {
  await using queue = testQueue();
  const set = ["--set", 'message.routing_key="nowhere\\uD800"'];
  const configured = await run("send", [...set, ...queue.args, "x"]);
  assertEquals(configured.code, 2);
  assertStringIncludes(configured.stderr, "has half a character (a lone surrogate)");
  const stdin = '{"payload":"x","properties":{"message_id":"\\ud800"}}\n';
  const args = ["--lines=-", "--format=json", ...queue.args];
  const dumped = await run("send", args, { stdin });
  assertEquals(dumped.code, 4);
  assertStringIncludes(dumped.stderr, "its message_id has half a character");
  assertEquals(await queue.count(), 0);
});

Deno.test({
  name: "send takes no more memory for more lines, from a file and from a pipe",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    // What reaches no queue is confirmed soonest: the sender has most to do.
    await using exchange = await testExchange("fanout");
    const config = await Deno.makeTempFile({ prefix: "amqp-tasks-config-", suffix: ".yaml" });
    await Deno.writeTextFile(
      config,
      `exchange: {name: ${exchange.name}, type: fanout}\nmessage: {mandatory: false}\n`,
    );
    const file = await Deno.makeTempFile({ prefix: "amqp-tasks-lines-", suffix: ".txt" });
    try {
      const peaks: number[][] = [];
      for (const count of [100_000, 400_000]) {
        const most: number[] = [];
        peaks.push(most);
        const lines = Array.from({ length: count }, (_, at) => `${at}`.padEnd(LENGTH) + "\n").join(
          "",
        );
        await Deno.writeTextFile(file, lines);
        for (const name of [file, "-"]) {
          const options = name === "-" ? { stdin: lines } : {};
          await using sender = start("send", ["--lines", name, "--config", config], options);
          most.push(await largestMemory(sender));
          const { stderr } = await sender.ended();
          assertSentOnly(stderr, count);
        }
      }
      const [few = NaN, many = NaN] = peaks.map((most) => Math.max(...most));
      // The lines are 60 MB more, and what they become much more than that.
      assert(many - few < 60, `${few.toFixed(0)} MB, and then ${many.toFixed(0)} MB`);
    } finally {
      await Deno.remove(file);
      await Deno.remove(config);
    }
  },
});

Deno.test({
  name: "send does not read on while the broker is stuck",
  ignore: Deno.build.os !== "linux" || !CAN_BE_LINKED,
  fn: async () => {
    await using queue = testQueue();
    await using link = await networkLink(PORT);
    const options = { openStdin: true, url: urlBy(link) };
    await using sender = start("send", ["--lines", "-", ...queue.args], options);
    await sender.write("first\n");
    await queue.fill([]);
    await queue.takeAll(1);
    link.blackhole();
    const before = await residentMemory(sender.pid);
    // Its window is full after a part of that, and so is the pipe then.
    const line = `${"x".repeat(1_023)}\n`.repeat(1_024);
    let written = 0;
    let pending = false;
    const feeding = (async () => {
      for (let megabytes = 0; megabytes < 200; megabytes++) {
        pending = true;
        await sender.write(line);
        pending = false;
        written += line.length;
      }
    })().catch(() => {}); // It was killed.
    let former = NaN;
    let same = 0;
    const isStuck = () => {
      same = pending && written === former ? same + 1 : 0;
      former = written;
      return Promise.resolve(same === 50);
    };
    await until(isStuck, { what: "it takes no more" });
    assert(written < 16 * MB + READ_AHEAD, `it has read ${written / MB} MB`);
    const grown = (await residentMemory(sender.pid) - before) / MB;
    assert(grown < 80, `its memory grew by ${grown} MB`);
    sender.kill("SIGKILL");
    await feeding;
  },
});

for (const length of [16 * MB, 20_000_000]) {
  Deno.test(`a line of ${length} bytes is one message`, async () => {
    await using queue = testQueue();
    const config = ["--set", `queue={name: ${queue.name}, type: classic}`];
    const long = new Uint8Array(length).fill(0xff);
    const stdin = new Uint8Array(length + 4);
    stdin.set([0x61, 0x0a]);
    stdin.set(long, 2);
    stdin.set([0x0a, 0x00], length + 2);
    await succeed("send", ["--lines", "-", ...config], { stdin });
    const args = ["--count=3", "--format=raw", ...config];
    const { bytes } = await succeed("receive", args);
    assertEquals(bytes.length, length + 2);
    assertEquals(bytes.at(0), 0x61);
    assert(bytes.subarray(1, -1).every((byte) => byte === 0xff));
    assertEquals(bytes.at(-1), 0);
  });
}
