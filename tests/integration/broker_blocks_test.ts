import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { NODE, raiseAlarm } from "../support/node_settings.ts";
import { until } from "../support/processes.ts";
import { type TestQueue, testQueue } from "../support/queues.ts";
import { start, succeed } from "../support/scripts.ts";

const BLOCKED = "The broker takes no messages: low on memory";

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, id) => `${id}`);
}

/** Receives all that is in the queue, and sees that it does not come back: it is acknowledged. */
async function assertReceivable(queue: TestQueue, payloads: string[]): Promise<void> {
  const { stdout } = await succeed("receive", [...queue.args, "--count", `${payloads.length}`]);
  assertEquals(stdout, payloads.map((payload) => ` [x] Received '${payload}'\n`).join(""));
  assertEquals(await queue.count(), 0);
}

// The alarm is the broker's: all that it does to senders is tried while it is on.
Deno.test({
  name: "a memory alarm: send waits and says so, up to its timeout or ten seconds after a stop",
  ignore: !NODE,
  fn: async (t) => {
    await using queue = testQueue();
    await queue.fill([]);
    await using stock = testQueue();
    await stock.fill(numbers(500));
    await using alarm = await raiseAlarm("memory");
    const limit = ["--set", "message.confirm_timeout=1s"];
    const many = { stdin: numbers(3_000).join("\n") };
    await using patient = start("send", queue.args);
    await using patientWithLines = start("send", ["--lines", "-", ...queue.args], many);
    await using stopped = start("send", queue.args);
    await using forced = start("send", ["--lines", "-", ...queue.args], many);
    await using limited = start("send", [...queue.args, ...limit]);
    const reply = ["--set", "message.reply={timeout: 1h}"];
    await using limitedRequest = start("send", [...queue.args, ...limit, ...reply]);
    await using limitedWithLines = start("send", ["--lines", "-", ...queue.args, ...limit], many);

    await t.step("receive takes what is in its queue", async () => {
      await assertReceivable(stock, numbers(500));
    });

    await t.step("confirm_timeout: exit 4 when it is over", async () => {
      for (const sender of [limited, limitedRequest, limitedWithLines]) {
        const { code, stdout, stderr } = await sender.ended();
        assertEquals({ code, stdout }, { code: 4, stdout: "" }, stderr);
        assertStringIncludes(stderr, "not confirmed within 1 s");
        assertStringIncludes(stderr, "may or may not have reached the queue");
      }
      assertMatch(
        limitedWithLines.stderr,
        /Of [\d,]+ messages 0 were not accepted and [\d,]+ are not/,
      );
    });

    await t.step("a second SIGTERM more than 0.5 s after the first one: exit 130", async () => {
      await forced.said(BLOCKED);
      const interrupted = performance.now();
      const insist = () => {
        forced.kill("SIGTERM");
        return Promise.resolve(forced.hasEnded);
      };
      await until(insist, { what: "it has ended" });
      const took = performance.now() - interrupted;
      const { code, stdout, stderr } = await forced.ended();
      assertEquals({ code, stdout }, { code: 130, stdout: "" }, stderr);
      assert(took > 500, `it took ${took} ms`);
      assert(!/\bSent\b/.test(stderr), stderr);
    });

    await t.step("SIGINT: exit 4 after ten seconds", async () => {
      await patient.said(BLOCKED);
      await patientWithLines.said(BLOCKED);
      await stopped.said(BLOCKED);
      const interrupted = performance.now();
      stopped.kill("SIGINT");
      const { code, stdout, stderr } = await stopped.ended();
      assertEquals({ code, stdout }, { code: 4, stdout: "" }, stderr);
      assertStringIncludes(stderr, "not accepted: stopped before the broker had confirmed it");
      const took = (performance.now() - interrupted) / 1_000;
      assert(took > 9, `it took ${took} s`);
    });

    await t.step("without either it waits, and goes on when the alarm is over", async () => {
      assert(!patient.hasEnded && !patientWithLines.hasEnded);
      await alarm.clear();
      const one = await patient.ended();
      assertEquals(one.code, 0, one.stderr);
      assertEquals(one.stdout, " [x] Sent 'Hello World!'\n");
      const lines = await patientWithLines.ended();
      assertEquals(lines.code, 0, lines.stderr);
      assertStringIncludes(lines.stderr, "The broker takes messages again");
      assertStringIncludes(lines.stderr, "Sent 3,000 messages");
      const sent = new Set((await queue.takeAll(3_001)).map((message) => message.bodyString()));
      for (const id of numbers(3_000)) assert(sent.has(id), `${id} is missing`);
      assert(sent.has("Hello World!"));
    });
  },
});

Deno.test({
  name: "a disk alarm: send waits and says why, receive takes what is in its queue",
  ignore: !NODE,
  fn: async () => {
    await using queue = testQueue();
    await queue.fill(numbers(500));
    await using alarm = await raiseAlarm("disk");
    await using sender = start("send", queue.args);
    await sender.said("The broker takes no messages: low on disk");
    await assertReceivable(queue, numbers(500));
    assert(!sender.hasEnded);
    await alarm.clear();
    const { code, stdout, stderr } = await sender.ended();
    assertEquals({ code, stdout }, { code: 0, stdout: " [x] Sent 'Hello World!'\n" });
    assertMatch(stderr, /^.* low on disk\n \[\*\] The broker takes messages again\n$/);
    await assertReceivable(queue, ["Hello World!"]);
  },
});
