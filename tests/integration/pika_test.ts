import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { BROKER, LOGIN } from "../support/broker_login.ts";
import { withChannel } from "../support/queues.ts";
import { start, succeed, TEST_URL } from "../support/scripts.ts";

const PROGRAMS = fileURLToPath(new URL("../support/pika/", import.meta.url));
const PYTHON = Deno.env.get("AMQP_TEST_PYTHON") ?? "";
const suffix = PYTHON ? "" : " (skipped: there is no Python with pika)";

// `hello`, as the tutorial has it, only where nobody else's queue can have that name.
const isPrivate = Boolean(Deno.env.get("AMQP_TEST_NODE"));
const name = isPrivate ? "hello" : `amqp-tasks.test.${crypto.randomUUID()}`;
const named = isPrivate ? [] : ["--set", `queue.name=${name}`];

/** Runs one of our own pika programs, which do what RabbitMQ's tutorial in Python does. */
async function pika(program: string, variant: string, ...args: string[]): Promise<string> {
  const command = new Deno.Command(PYTHON, {
    args: [program, BROKER.hostname, BROKER.port || "5672", name, variant, ...args],
    cwd: PROGRAMS,
    env: { ...LOGIN.env, PYTHONDONTWRITEBYTECODE: "1" },
    stdin: "null",
  });
  const { success, stdout, stderr } = await command.output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Deletes the queue, now and at the end of a test. */
async function freshQueue(): Promise<AsyncDisposable> {
  const remove = () =>
    withChannel(TEST_URL, async (channel) => void await channel.queueDelete(name));
  await remove();
  return { [Symbol.asyncDispose]: remove };
}

for (
  const { variant, config, tutorial } of [
    { variant: "quorum", config: "config.yaml", tutorial: "today's tutorial" },
    { variant: "classic", config: "examples/hello-classic.yaml", tutorial: "the older tutorial" },
  ]
) {
  const options = { ignore: !PYTHON };
  const args = ["--config", config, ...named];

  Deno.test(`pika receives what send sends with ${config}${suffix}`, options, async () => {
    await using _queue = await freshQueue();
    const { stdout } = await succeed("send", args);
    assertEquals(stdout, " [x] Sent 'Hello World!'\n");
    assertEquals(
      await pika("receive.py", variant),
      " [*] Waiting for messages. To exit press CTRL+C\n [x] Received b'Hello World!'\n",
    );
  });

  Deno.test(`receive prints what pika sends, after ${tutorial}${suffix}`, options, async () => {
    await using _queue = await freshQueue();
    assertEquals(await pika("send.py", variant, "Hello World!"), " [x] Sent 'Hello World!'\n");
    await using receiver = start("receive", [...args, "--count", "2"]);
    await receiver.said("[x] Received");
    await pika("send.py", variant, "Hello again");
    const { code, stdout } = await receiver.ended();
    const lines = " [x] Received 'Hello World!'\n [x] Received 'Hello again'\n";
    assertEquals({ code, stdout }, { code: 0, stdout: lines });
  });
}
