import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { formatNumber } from "../../lib/terminal.ts";
import { until } from "../support/processes.ts";
import { testQueue } from "../support/queues.ts";
import { readNumber } from "../support/read_number.ts";
import { run, start } from "../support/scripts.ts";

const dir = Deno.env.get("AMQP_TEST_NODE");

const REJECTED = "The broker rejected a message: its queue is full, or has lost its leader";

// A quorum queue that loses its leader does the same; that takes a cluster.
Deno.test({
  name: "what a queue rejects because its process died is sent again",
  ignore: !dir,
}, async () => {
  const node = await attachLocalRabbitmq(dir ?? "");
  await using queue = testQueue();
  const args = ["--set", `queue={name: ${queue.name}, type: classic}`];
  await using sender = start("send", ["--lines", "-", ...args], { openStdin: true });
  let count = 0;
  const isRejected = () => sender.stderr.includes(REJECTED);
  const feeding = (async () => {
    while (!isRejected() && !sender.hasEnded) {
      const lines = Array.from({ length: 2_000 }, () => `${count++}\n`);
      await sender.write(lines.join(""));
    }
  })().catch(() => {}); // It has ended, and its code will tell.
  await until(() => queue.count().then((ready) => ready > 0, () => false), { what: "they flow" });
  const resource = `rabbit_misc:r(<<"/">>, queue, <<"${queue.name}">>)`;
  // A queue that dies more than five times in ten seconds is not started again.
  const kill = `timer:sleep(2000), {ok, Q} = rabbit_amqqueue:lookup(${resource}),
    exit(amqqueue:get_pid(Q), kill).`;
  const killed = async () => {
    await node.rabbitmqctl("eval", kill);
    return isRejected() || sender.hasEnded;
  };
  await until(killed, { what: "the queue has rejected a message", timeout: 120_000 });
  await feeding;
  await sender.closeStdin();
  const { code, stderr } = await sender.ended();
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, ` [*] ${REJECTED}; connecting again\n`);
  assertStringIncludes(stderr, `Sent ${formatNumber(count)} messages`);
  const come = new Set((await queue.takeAll(count)).map((message) => message.bodyString()));
  for (let index = 0; index < count; index++) assert(come.has(`${index}`), `${index} is missing`);
});

Deno.test({
  name: "a queue that a policy lets reject is tried again, and then it is exit 4",
  ignore: !dir,
}, async () => {
  const node = await attachLocalRabbitmq(dir ?? "");
  await using queue = testQueue();
  const definition = JSON.stringify({ "max-length": 5, "overflow": "reject-publish" });
  const policy = ["--apply-to", "queues", queue.name, `^${queue.name}$`, definition];
  await node.rabbitmqctl("set_policy", ...policy);
  try {
    const stdin = Array.from({ length: 3_000 }, (_, index) => `${index}\n`).join("");
    const { code, stderr } = await run("send", ["--lines", "-", ...queue.args], { stdin });
    assertEquals(code, 4, stderr.slice(-1_000));
    const tries = stderr.split(REJECTED).length - 1;
    assert(tries >= 5, `it was tried ${tries} times`);
    const [, refused = NaN] = /Of 3,000 messages ([\d,]+) were not accepted and 0 are/.exec(stderr)
      ?.map(readNumber) ?? [];
    assert(refused >= 2_000 && refused < 3_000, stderr.slice(-1_000));
  } finally {
    await node.rabbitmqctl("clear_policy", queue.name);
  }
});
