/** `deno task broker` and `deno task rabbitmqctl`, as README.md has them, but on a free port. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { freePorts } from "../../lib/loopback_ports.ts";
import { openSandbox } from "../support/docs_sandbox.ts";
import { NODE } from "../support/node_settings.ts";

Deno.test({
  name: "the local broker runs, is asked and stopped as the README says",
  ignore: !NODE,
  fn: async () => {
    await using sandbox = await openSandbox();
    const [port = 0] = freePorts(1);
    const env = { AMQP_URL: `amqp://localhost:${port}` };
    const run = async (command: string) => {
      const { code, stdout, stderr } = await sandbox.start(command, { env }).ended();
      assertEquals(code, 0, `${command}\n${stdout}${stderr}`);
      return stdout;
    };
    await using broker = sandbox.start(`exec deno task broker --port ${port}`);
    await broker.said("RabbitMQ listens on");
    assertEquals(await run("deno task send"), " [x] Sent 'Hello World!'\n");
    assertStringIncludes(await run("deno task rabbitmqctl list_queues name"), "hello");
    await run("deno task rabbitmqctl delete_queue hello");
    assertEquals(await run("deno task -q rabbitmqctl -q list_queues name"), "");
    broker.kill("SIGINT");
    const { code, stderr } = await broker.ended();
    assertEquals(code, 0, stderr);
  },
});
