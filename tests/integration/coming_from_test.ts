/** What docs/coming-from.md says of other clients. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { isInstalled } from "../support/processes.ts";
import { testQueue } from "../support/queues.ts";
import { TEST_URL } from "../support/scripts.ts";

const PYTHON = Deno.env.get("AMQP_TEST_PYTHON") ?? "";

async function run(
  program: string,
  args: string[],
  input = "",
): Promise<{ code: number; output: string }> {
  const command = `printf '%s' "$INPUT" | timeout 60 "$@"`;
  const { code, stdout } = await new Deno.Command("sh", {
    args: ["-c", command, "sh", program, ...args],
    env: { INPUT: input },
    stderr: "null",
  }).output();
  return { code, output: new TextDecoder().decode(stdout) };
}

Deno.test({
  name: "amqp-tools exit 0 for what no queue gets, and for a command that fails",
  ignore: !isInstalled("amqp-publish"),
  fn: async () => {
    const broker = ["-u", TEST_URL];
    const nowhere = `amqp-tasks.test.${crypto.randomUUID()}`;
    const one = ["-r", nowhere, "-p"];
    assertEquals((await run("amqp-publish", [...broker, ...one, "-b", "Hello"])).code, 0);
    assertEquals((await run("amqp-publish", [...broker, ...one, "-l"], "1\n2\n")).code, 0);

    await using queue = testQueue();
    await queue.fill(["Hello"]);
    const of = [...broker, "-q", queue.name];
    assertEquals((await run("amqp-consume", [...of, "-c", "1", "false"])).code, 0);
    assertEquals((await run("amqp-get", of)).output, "Hello");
    assertEquals((await run("amqp-get", of)).code, 2);
    assertEquals(await queue.count(), 0);
  },
});

Deno.test({
  name: "pika tells of an unroutable message only with confirms and mandatory",
  ignore: !PYTHON,
  fn: async () => {
    const code = `
import pika, sys
channel = pika.BlockingConnection(pika.URLParameters(sys.stdin.read())).channel()
print(channel.basic_publish("", "amqp-tasks.nowhere", b"", mandatory=True))
channel.confirm_delivery()
try:
    channel.basic_publish("", "amqp-tasks.nowhere", b"", mandatory=True)
except pika.exceptions.UnroutableError:
    print("UnroutableError")
`;
    const { output } = await run(PYTHON, ["-c", code], TEST_URL);
    assertStringIncludes(output, "None\nUnroutableError\n");
  },
});
