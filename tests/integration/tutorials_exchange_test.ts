/** RabbitMQ's tutorials 3, 4 and 5, whose messages go to an exchange, which copies them to queues. */
import { assertEquals } from "@std/assert";
import type { Script } from "../support/scripts.ts";
import { testWithPika, Tutorial } from "../support/pika_tutorials.ts";
import { set } from "../support/topology.ts";

const logs = () => new Tutorial("examples/3-publish-subscribe.yaml", "exchange", "logs");
const routing = () => new Tutorial("examples/4-routing.yaml", "exchange", "direct_logs");
const topics = () => new Tutorial("examples/5-topics.yaml", "exchange", "topic_logs");

/** `--set` for what a receiver wants to have. */
const wanting = (...keys: string[]) =>
  set({ "queue.bindings": keys.map((routing_key) => ({ routing_key })) });
const routedBy = (key: string) => set({ "message.routing_key": key });

/** A receiver that gets only what is sent from now on. */
async function ready(receiver: Script): Promise<Script> {
  await receiver.said("[*] Waiting for messages");
  return receiver;
}

const WAITING = " [*] Waiting for messages. To exit press CTRL+C\n";

Deno.test("tutorial 3: send succeeds when nobody listens", async () => {
  await using tutorial = logs();
  assertEquals(await tutorial.send(), " [x] Sent 'info: Hello World!'\n");
});

testWithPika("tutorial 3: our receivers and pika's all get what either sender sends", async () => {
  await using tutorial = logs();
  await using first = await ready(tutorial.start("receive", ["--count", "2"]));
  await using second = await ready(tutorial.start("receive", ["--count", "2"]));
  await using pika = await ready(tutorial.startPika("receive_logs", "fanout", ""));
  await tutorial.send();
  await tutorial.pika("emit_log", "fanout", "", "from pika");
  for (const receiver of [first, second]) {
    const { code, stdout } = await receiver.ended();
    const lines = " [x] Received 'info: Hello World!'\n [x] Received 'from pika'\n";
    assertEquals({ code, stdout }, { code: 0, stdout: lines });
  }
  await pika.said("from pika");
  assertEquals(pika.stdout, `${WAITING} [x] :info: Hello World!\n [x] :from pika\n`);
});

testWithPika(
  "tutorial 4: receive prints the severities that it wants, of pika's logs",
  async () => {
    await using tutorial = routing();
    const wants = [...wanting("warning", "error"), "--count", "2"];
    await using receiver = await ready(tutorial.start("receive", wants));
    for (const severity of ["info", "error", "debug", "warning"]) {
      await tutorial.pika("emit_log", "direct", severity, `of severity ${severity}`);
    }
    const { stdout } = await receiver.ended();
    const lines = " [x] Received 'of severity error'\n [x] Received 'of severity warning'\n";
    assertEquals(stdout, lines);
  },
);

testWithPika("tutorial 4: pika receives the severities that it wants, of our logs", async () => {
  await using tutorial = routing();
  await using pika = await ready(
    tutorial.startPika("receive_logs", "direct", "warning", "error"),
  );
  await tutorial.send();
  await tutorial.send([...routedBy("error"), "Run. Or it will explode."]);
  await tutorial.send([...routedBy("debug"), "unheard"]);
  await tutorial.send([...routedBy("warning"), "It smokes."]);
  await pika.said("It smokes.");
  const lines = " [x] error:Run. Or it will explode.\n [x] warning:It smokes.\n";
  assertEquals(pika.stdout, WAITING + lines);
});

Deno.test("tutorial 4: receive prints info, warning and error if nothing else is set", async () => {
  await using tutorial = routing();
  await using receiver = await ready(tutorial.start("receive", ["--count", "3"]));
  assertEquals(await tutorial.send(), " [x] Sent 'Hello World!'\n");
  for (const key of ["debug", "warning", "error"]) await tutorial.send([...routedBy(key), key]);
  const { stdout } = await receiver.ended();
  const lines = " [x] Received 'Hello World!'\n [x] Received 'warning'\n [x] Received 'error'\n";
  assertEquals(stdout, lines);
});

testWithPika("tutorial 5: receive prints once what one or two patterns match", async () => {
  await using tutorial = topics();
  const wants = [...wanting("kern.*", "*.critical"), "--count", "3"];
  await using receiver = await ready(tutorial.start("receive", wants));
  for (const key of ["kern.critical", "anonymous.info", "kern.info", "cron.critical"]) {
    await tutorial.pika("emit_log", "topic", key, `by ${key}`);
  }
  const lines = ["kern.critical", "kern.info", "cron.critical"].map((key) =>
    ` [x] Received 'by ${key}'\n`
  );
  assertEquals((await receiver.ended()).stdout, lines.join(""));
});

testWithPika("tutorial 5: pika receives once what one or two patterns match", async () => {
  await using tutorial = topics();
  await using pika = await ready(
    tutorial.startPika("receive_logs", "topic", "kern.*", "*.critical"),
  );
  await tutorial.send([...routedBy("kern.critical"), "A critical kernel error"]);
  await tutorial.send();
  await tutorial.send([...routedBy("cron.critical"), "No time"]);
  await pika.said("No time");
  const lines = " [x] kern.critical:A critical kernel error\n [x] cron.critical:No time\n";
  assertEquals(pika.stdout, WAITING + lines);
});

Deno.test("tutorial 5: receive prints everything if nothing else is set", async () => {
  await using tutorial = topics();
  await using receiver = await ready(tutorial.start("receive", ["--count", "2"]));
  assertEquals(await tutorial.send(), " [x] Sent 'Hello World!'\n");
  await tutorial.send([...routedBy("a.b.c"), "three words"]);
  const { stdout } = await receiver.ended();
  assertEquals(stdout, " [x] Received 'Hello World!'\n [x] Received 'three words'\n");
});
