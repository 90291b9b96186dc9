/** RabbitMQ's tutorials 1, 7 and 8, whose messages go to a queue and from there to a receiver. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { testWithPika, Tutorial } from "../support/pika_tutorials.ts";

for (
  const { tutorial, config, kind, broker = [] } of [
    { tutorial: "tutorial 1", config: "examples/1-hello-world.yaml", kind: "quorum" },
    {
      tutorial: "tutorial 1 by config.yaml",
      config: "config.yaml",
      kind: "quorum",
      broker: ["--set", 'broker={url: "${AMQP_URL}"}'],
    },
    { tutorial: "the older tutorial 1", config: "examples/hello-classic.yaml", kind: "classic" },
  ]
) {
  testWithPika(`${tutorial}: pika receives what send sends`, async () => {
    await using tutorial = new Tutorial(config, "queue", "hello");
    assertEquals(await tutorial.send(broker), " [x] Sent 'Hello World!'\n");
    await using receiver = tutorial.startPika("receive", kind);
    await receiver.said("Received 'Hello World!'");
  });

  testWithPika(`${tutorial}: receive prints what pika sends`, async () => {
    await using tutorial = new Tutorial(config, "queue", "hello");
    await tutorial.pika("send", kind, "Hello World!");
    await using receiver = tutorial.start("receive", [...broker, "--count", "2"]);
    await receiver.said("Received 'Hello World!'");
    await tutorial.pika("send", kind, "Hello again");
    const { code, stdout } = await receiver.ended();
    const lines = " [x] Received 'Hello World!'\n [x] Received 'Hello again'\n";
    assertEquals({ code, stdout }, { code: 0, stdout: lines });
  });
}

const NUMBERS = Array.from({ length: 1_000 }, (_, number) => String(number));
const printed = NUMBERS.map((number) => ` [x] Received '${number}'\n`).join("");
const confirms = () =>
  new Tutorial("examples/7-publisher-confirms.yaml", "queue", "publisher_confirms");

testWithPika("tutorial 7: pika receives a thousand messages, each confirmed to send", async () => {
  await using tutorial = confirms();
  await using sender = tutorial.start("send", ["--lines", "-"], { stdin: NUMBERS.join("\n") });
  const { code, stderr } = await sender.ended();
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, "Sent 1,000 messages");
  await using receiver = tutorial.startPika("receive", "quorum");
  await receiver.said("'999'");
  assertEquals(receiver.stdout, ` [*] Waiting for messages. To exit press CTRL+C\n${printed}`);
});

testWithPika("tutorial 7: receive prints a thousand messages, each confirmed to pika", async () => {
  await using tutorial = confirms();
  await tutorial.pika("publisher_confirms", "1000");
  assertEquals(await tutorial.receive(["--count", "1000"]), printed);
});

const stream = () => new Tutorial("examples/8-stream.yaml", "queue", "hello_stream");
const hello = " [x] Received 'Hello, World!'\n";

Deno.test("tutorial 8: every receiver prints all of a stream, from its first message on", async () => {
  await using tutorial = stream();
  assertEquals(await tutorial.send(), " [x] Sent 'Hello, World!'\n");
  assertEquals(await tutorial.receive(["--count", "1"]), hello);
  await using second = tutorial.start("receive", ["--count", "2"]);
  await second.said("Received");
  await tutorial.send(["more"]);
  assertEquals((await second.ended()).stdout, `${hello} [x] Received 'more'\n`);
});

testWithPika("tutorial 8: pika receives what send has put into a stream", async () => {
  await using tutorial = stream();
  await tutorial.send();
  await using receiver = tutorial.startPika("receive", "stream");
  await receiver.said("Received 'Hello, World!'");
});

testWithPika("tutorial 8: receive prints what pika has put into a stream", async () => {
  await using tutorial = stream();
  await tutorial.pika("send", "stream", "Hello, World!");
  assertEquals(await tutorial.receive(["--count", "1"]), hello);
});
