import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { NODE, raiseAlarm } from "../support/node_settings.ts";
import { testQueue } from "../support/queues.ts";
import { type Script, start } from "../support/scripts.ts";

const LIBRARY = Deno.env.get("AMQP_TEST_FAKETIME") ?? "";
const suffix = LIBRARY ? "" : " (skipped: there is no libfaketime)";
const ignore = !LIBRARY || !NODE;

const HOUR = 3_600;

function assertUndisturbed(...scripts: Script[]): void {
  for (const { hasEnded, stderr } of scripts) {
    assert(!hasEnded && !stderr.includes("Lost the connection"), stderr);
  }
}

Deno.test({
  name: `a clock that jumps an hour ends no wait early, and none late${suffix}`,
  ignore,
}, async (t) => {
  await using clock = await FakeClock.create(LIBRARY);
  await using queue = testQueue();
  const { env } = clock;
  const args = [...queue.args, "--set", "broker.heartbeat=2s"];
  const linesWithin = (
    limit: string,
  ) => ["--lines", "-", ...args, "--set", `message.confirm_timeout=${limit}`];
  await using receiver = start("receive", [...args, "--idle", "30m"], { env });
  await using sender = start("send", linesWithin("30m"), { env, openStdin: true });
  await sender.write("before\n");
  await receiver.said("'before'");
  await using alarm = await raiseAlarm("memory");
  await sender.write("pending\n");
  await sender.said("The broker takes no messages");

  await t.step("ahead: neither 30 minutes nor the time for a heartbeat is over", async () => {
    await using empty = testQueue();
    await using other = start("receive", [...empty.args, "--idle", "2s"], { env });
    await other.said("Waiting for messages");
    const began = performance.now();
    await clock.set(HOUR);
    assertEquals((await other.ended()).code, 0);
    // It waits from a little earlier on.
    const took = performance.now() - began;
    assert(took > 1_000, `2 s were over after ${took} ms`);
    assertUndisturbed(sender, receiver);
  });

  await t.step("back: two seconds are over all the same", async () => {
    await using empty = testQueue();
    await using other = start("receive", [...empty.args, "--idle", "2s"], { env });
    await using limited = start("send", linesWithin("2s"), { env, stdin: "never confirmed\n" });
    await other.said("Waiting for messages");
    await limited.said("The broker takes no messages");
    await clock.set(-HOUR);
    assertEquals((await other.ended()).code, 0);
    const { code, stderr } = await limited.ended();
    assertEquals(code, 4, stderr);
    assertStringIncludes(stderr, "not confirmed within 2 s");
    assertUndisturbed(sender, receiver);
  });

  await alarm.clear();
  await receiver.said("'pending'");
  await sender.closeStdin();
  const sent = await sender.ended();
  assertEquals(sent.code, 0, sent.stderr);
  assertStringIncludes(sent.stderr, "Sent 2 messages");
  receiver.kill("SIGINT");
  assertEquals((await receiver.ended()).code, 0);
});

Deno.test({
  name: `a broker that freezes is noticed in its time, however the clock jumps${suffix}`,
  ignore,
}, async () => {
  const node = await attachLocalRabbitmq(NODE);
  await using clock = await FakeClock.create(LIBRARY);
  await using queue = testQueue();
  const args = [...queue.args, "--set", "broker.heartbeat=1s"];
  for (const seconds of [HOUR, -HOUR]) {
    await clock.set(0);
    await using receiver = start("receive", args, { env: clock.env });
    await receiver.said("Waiting for messages");
    Deno.kill(node.pid, "SIGSTOP");
    try {
      await clock.set(seconds);
      await receiver.said("no sign of life for ");
    } finally {
      Deno.kill(node.pid, "SIGCONT");
    }
    const [, silence = NaN] = /no sign of life for (\d+) s/.exec(receiver.stderr)?.map(Number) ??
      [];
    assert(silence < HOUR / 2, receiver.stderr);
    receiver.kill("SIGINT");
    assertEquals((await receiver.ended()).code, 0);
  }
});
