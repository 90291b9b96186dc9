import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { testQueue } from "../support/queues.ts";
import { start } from "../support/scripts.ts";

const dir = Deno.env.get("AMQP_TEST_NODE");

const BLOCKED = "The broker takes no messages: low on memory";

async function withMemoryAlarm<T>(use: (clear: () => Promise<void>) => Promise<T>): Promise<T> {
  const node = await attachLocalRabbitmq(dir ?? "");
  const set = async (watermark: string) => {
    await node.rabbitmqctl("set_vm_memory_high_watermark", watermark);
  };
  try {
    await set("0.0000001");
    return await use(() => set("0.4"));
  } finally {
    await set("0.4");
  }
}

// The alarm is the broker's: all that it does to senders is tried while it is on.
Deno.test({
  name: "a memory alarm: send waits and says so, up to its timeout or ten seconds after SIGINT",
  ignore: !dir,
  fn: async (t) => {
    await using queue = testQueue();
    await queue.fill([]);
    await withMemoryAlarm(async (clear) => {
      const limit = ["--set", "message.confirm_timeout=1s"];
      const many = { stdin: Array.from({ length: 3_000 }, (_, id) => `${id}\n`).join("") };
      await using patient = start("send", queue.args);
      await using patientWithLines = start("send", ["--lines", "-", ...queue.args], many);
      await using stopped = start("send", queue.args);
      await using limited = start("send", [...queue.args, ...limit]);
      await using limitedWithLines = start("send", ["--lines", "-", ...queue.args, ...limit], many);

      await t.step("confirm_timeout: exit 4 when it is over", async () => {
        for (const sender of [limited, limitedWithLines]) {
          const { code, stdout, stderr } = await sender.ended();
          assertEquals({ code, stdout }, { code: 4, stdout: "" }, stderr);
          assertStringIncludes(stderr, "not confirmed within 1 s");
          assertStringIncludes(stderr, "may or may not have reached the queue");
        }
        assertMatch(limitedWithLines.stderr, /Of \d+ messages 0 were not accepted and \d+ are not/);
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
        await clear();
        const one = await patient.ended();
        assertEquals(one.code, 0, one.stderr);
        assertEquals(one.stdout, " [x] Sent 'Hello World!'\n");
        const lines = await patientWithLines.ended();
        assertEquals(lines.code, 0, lines.stderr);
        assertStringIncludes(lines.stderr, "The broker takes messages again");
        assertStringIncludes(lines.stderr, "Sent 3000 messages");
        const sent = new Set((await queue.takeAll(3_001)).map((message) => message.bodyString()));
        for (let id = 0; id < 3_000; id++) assert(sent.has(`${id}`), `${id} is missing`);
        assert(sent.has("Hello World!"));
      });
    });
  },
});
