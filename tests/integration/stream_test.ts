import { assertEquals, assertStringIncludes } from "@std/assert";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { BROKER, CAN_BE_LINKED, LOGIN, PORT, setBroker } from "../support/broker_login.ts";
import { networkLink } from "../support/network_link.ts";
import { NODE } from "../support/node_settings.ts";
import { until } from "../support/processes.ts";
import { testQueue, withChannel } from "../support/queues.ts";
import { start, succeed, TEST_URL } from "../support/scripts.ts";

/** Whether its clock may be another one. */
const isElsewhere = !["localhost", "127.0.0.1"].includes(BROKER.hostname);

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `${from + at}`);
const printed = (payloads: string[]) =>
  payloads.map((payload) => ` [x] Received '${payload}'\n`).join("");

/** Declares a stream and appends to it. */
function append(name: string, payloads: string[]): Promise<void> {
  return withChannel(TEST_URL, async (channel) => {
    await channel.queueDeclare(name, { durable: true }, { "x-queue-type": "stream" });
    await channel.confirmSelect();
    await Promise.all(payloads.map((payload) => channel.basicPublish("", name, payload)));
  });
}

/** Arguments for a script that reads the stream from `offset` on. */
const reading = (name: string, offset?: string) => [
  "--set",
  `queue={name: ${name}, type: stream}`,
  ...(offset === undefined ? [] : ["--set", `receive.offset=${offset}`]),
];

for (
  const [offset, expected] of [
    ["first", ["1", "2", "3"]],
    ["last", ["3"]],
    ["1", ["2", "3"]],
    ["1h", ["1", "2", "3"]],
  ] as const
) {
  Deno.test(`receive.offset: ${offset} reads what it should, and all of it stays`, async () => {
    await using queue = testQueue();
    // One by one, so that each is a chunk of its own.
    for (const payload of ["1", "2", "3"]) await append(queue.name, [payload]);
    for (const _ of ["once", "again"]) {
      const count = ["--count", `${expected.length}`];
      const { stdout } = await succeed("receive", [...reading(queue.name, offset), ...count]);
      assertEquals(stdout, printed([...expected]));
    }
  });
}

Deno.test({
  name: "receive.offset: a time reads what was sent from then on",
  ignore: isElsewhere,
}, async () => {
  await using queue = testQueue();
  await append(queue.name, ["before"]);
  // AMQP has whole seconds.
  const second = Math.ceil(Date.now() / 1_000) * 1_000;
  await until(() => Promise.resolve(Date.now() > second), { what: "the next second has begun" });
  await append(queue.name, ["after"]);
  const time = new Date(second).toISOString();
  const { stdout } = await succeed("receive", [...reading(queue.name, time), "--count", "1"]);
  assertEquals(stdout, printed(["after"]));
});

Deno.test("without receive.offset a stream is read from its end on", async () => {
  await using queue = testQueue();
  await append(queue.name, ["before"]);
  await using receiver = start("receive", [...reading(queue.name), "--count", "1"]);
  await receiver.said("Waiting for messages");
  await append(queue.name, ["after"]);
  assertEquals((await receiver.ended()).stdout, printed(["after"]));
});

Deno.test("of a long stream, --count takes the first so many", async () => {
  await using queue = testQueue();
  await append(queue.name, numbers(1, 1_000));
  const args = [...reading(queue.name, "first"), "--count", "450"];
  assertEquals((await succeed("receive", args)).stdout, printed(numbers(1, 450)));
});

Deno.test({
  name: "while a count is incomplete, nothing of a stream is read twice (needs the node)",
  ignore: !NODE,
}, async () => {
  await using queue = testQueue();
  const node = await attachLocalRabbitmq(NODE);
  await append(queue.name, ["1", "2"]);
  await using receiver = start("receive", [...reading(queue.name, "first"), "--count", "4"]);
  const isBegunAnew = async () => {
    const prefetches = await node.rabbitmqctl("list_channels", "prefetch_count");
    return prefetches.split("\n").includes("2");
  };
  await until(isBegunAnew, { what: "a new consumer waits for the other two" });
  await append(queue.name, ["3", "4"]);
  assertEquals((await receiver.ended()).stdout, printed(numbers(1, 4)));
});

Deno.test({
  name: "connections lost in the middle of a stream: nothing comes twice, nothing is missing",
  ignore: !CAN_BE_LINKED,
}, async () => {
  await using queue = testQueue();
  await append(queue.name, numbers(1, 2_000));
  await using link = await networkLink(PORT);
  // So slow that it is not over before it is disturbed.
  link.throttle({ bytesPerSecond: 100_000 });
  const broker = setBroker({ host: `127.0.0.1:${link.port}` });
  const args = [...broker, ...reading(queue.name, "first"), "--count", "2000"];
  await using receiver = start("receive", args, LOGIN);
  for (const payload of ["300", "900"]) {
    await receiver.said(`'${payload}'`);
    link.reset();
  }
  const { code, stdout, stderr } = await receiver.ended();
  assertEquals({ code, stdout }, { code: 0, stdout: printed(numbers(1, 2_000)) }, stderr);
  assertEquals(link.accepted, 3);
});

Deno.test({
  name: "what is sent while there is no connection is not missed, even if nothing has come before",
  ignore: !CAN_BE_LINKED,
}, async () => {
  await using queue = testQueue();
  await using links = new AsyncDisposableStack();
  const { port } = links.use(await networkLink(PORT));
  const args = [...setBroker({ host: `127.0.0.1:${port}` }), ...reading(queue.name)];
  await using receiver = start("receive", [...args, "--count", "1"], LOGIN);
  await receiver.said("Waiting for messages");
  await links.disposeAsync();
  await append(queue.name, ["meanwhile"]);
  await using _link = await networkLink(PORT, { port });
  const { code, stdout, stderr } = await receiver.ended();
  assertEquals({ code, stdout }, { code: 0, stdout: printed(["meanwhile"]) }, stderr);
});

Deno.test("a stream that is deleted and declared anew is read from its beginning", async () => {
  await using queue = testQueue();
  await append(queue.name, numbers(1, 3));
  await using receiver = start("receive", [...reading(queue.name, "first"), "--idle", "5s"]);
  await receiver.said("'3'");
  await withChannel(TEST_URL, (channel) => channel.queueDelete(queue.name));
  await receiver.said("Connected to");
  await append(queue.name, ["new"]);
  await receiver.said("'new'");
  receiver.kill("SIGINT");
  const { code, stdout, stderr } = await receiver.ended();
  assertEquals({ code, stdout }, { code: 0, stdout: printed([...numbers(1, 3), "new"]) });
  assertStringIncludes(stderr, "The broker cancelled the consumer");
});
