/** Copies of failed messages that cannot be sent as they are, or are not taken: nothing is lost. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { receive } from "../../lib/receive.ts";
import { within } from "../../lib/within.ts";
import { body, header, long, method, short, uint16 } from "../support/frame_builder.ts";
import { configFor } from "../support/library.ts";
import { NODE, raiseAlarm } from "../support/node_settings.ts";
import { until } from "../support/processes.ts";
import { withChannel } from "../support/queues.ts";
import { run, TEST_URL } from "../support/scripts.ts";
import { workQueue } from "../support/work_queue.ts";

const PUBLISH = [60, 40] as const;
const PAYLOAD = [...new TextEncoder().encode("payload")];

/** Publishes a message with properties as they stand on the wire, flags first. */
async function publishRaw(queue: string, properties: number[]): Promise<void> {
  await withChannel(TEST_URL, async ({ id, connection }) => {
    const to = [...uint16(0), ...short(""), ...short(queue), 0];
    const frames = [
      ...method(id, PUBLISH, to),
      ...header(id, PAYLOAD.length, properties),
      ...body(id, PAYLOAD),
    ];
    await connection.send(Uint8Array.from(frames));
  });
}

/** What takes more room in a copy than it does in the message. */
const STRANGE: Record<string, number[]> = {
  "a correlation_id that is no UTF-8": [...uint16(0x0400), 100, ...Array(100).fill(0xff)],
  "a message_id that is no UTF-8": [...uint16(0x0080), 255, ...Array(255).fill(0xff)],
  "a header whose name is no UTF-8": [
    ...uint16(0x2000),
    ...long([100, ...Array(100).fill(0xff), "I".charCodeAt(0), 0, 0, 0, 1]),
  ],
  "headers that fill a frame": [
    ...uint16(0x2000),
    ...long([...short("x-failed-exchange"), "S".charCodeAt(0), ...long("x".repeat(130_900))]),
  ],
};

for (const [what, properties] of Object.entries(STRANGE)) {
  Deno.test(`a failed message with ${what} is tried again and dead-lettered all the same`, async () => {
    await using queue = await workQueue();
    await publishRaw(queue.name, properties);
    const yaml = `receive: {handler: none.ts, retry: {attempts: 2, delay: 300ms}}`;
    const attempts: number[] = [];
    const lines: string[] = [];
    await receive(configFor(`queue: {name: ${queue.name}}\n${yaml}`), (_message, { attempt }) => {
      attempts.push(attempt);
      throw new Error("no");
    }, { count: 2, report: (line) => lines.push(line) });
    assertEquals(attempts, [1, 2]);
    assertStringIncludes(lines.join("\n"), "it goes without headers and what is too long");
    const [dead] = await queue.deadLetters.takeAll(1);
    assertEquals(dead?.bodyString(), "payload");
    const { messageId = "", headers } = dead?.properties ?? {};
    assert(messageId.length > 0 && messageId.length <= 255, messageId);
    assertEquals(headers?.["x-failed-reason"], "no");
    assertEquals(headers?.["x-failed-queue"], queue.name);
    assertEquals(await queue.count(), 0);
  });
}

Deno.test({
  name: "a stop does not wait for ever for a broker that takes no copies: the message stays",
  ignore: !NODE,
  fn: async () => {
    await using queue = await workQueue();
    await queue.fill(["x"]);
    await using _alarm = await raiseAlarm("memory");
    const stop = new AbortController();
    const yaml = `receive: {handler: none.ts, retry: {attempts: 1}}`;
    const lines: string[] = [];
    const receiving = receive(configFor(`queue: {name: ${queue.name}}\n${yaml}`), () => {
      throw new Error("no");
    }, {
      signal: stop.signal,
      report: (line) => {
        lines.push(line);
        if (line.startsWith("The broker takes no messages")) stop.abort();
      },
    });
    assert(await within(60_000, receiving), "it waits for ever");
    assertEquals(await receiving, 0);
    assertStringIncludes(lines.join("\n"), "The broker took no message for 5 s");
    await until(async () => await queue.count() === 1, { what: "it is back in the queue" });
  },
});

Deno.test("a dead-letter queue that somebody has for himself is refused with 5", async () => {
  await using queue = await workQueue();
  await withChannel(TEST_URL, async (channel) => {
    await channel.queueDeclare(queue.deadLetters.name, { exclusive: true });
    const args = [...queue.args, "--set", "receive.exec=[cat]"];
    const { code, stderr } = await run("work", args);
    assertEquals(code, 5, stderr);
    assertStringIncludes(stderr, 'The broker refused: "RESOURCE_LOCKED');
    assertStringIncludes(stderr, "choose another receive.dead_letter");
  });
});
