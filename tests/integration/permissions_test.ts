import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import denoJson from "../../deno.json" with { type: "json" };
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { testQueue } from "../support/queues.ts";
import { start, succeed } from "../support/scripts.ts";

const ATTEMPTS = fileURLToPath(new URL("../support/attempts.ts", import.meta.url));
const NODE = Deno.env.get("AMQP_TEST_NODE") ?? "";

for (const task of ["send", "receive", "replay", "doctor"] as const) {
  Deno.test(`the task ${task} gives its script only what it needs`, async () => {
    const [deno, ...flags] = denoJson.tasks[task].command.split(" ").slice(0, -1);
    assertEquals([deno, flags[0]], ["deno", "run"]);
    const file = await Deno.makeTempFile();
    try {
      const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [...flags, "--no-lock", ATTEMPTS, file, Deno.execPath()],
        env: { AMQP_PASSWORD: "secret" },
        stdin: "null",
      }).output();
      assertEquals(success, true, new TextDecoder().decode(stderr));
      assertEquals(JSON.parse(new TextDecoder().decode(stdout)), {
        "read HOME": "NotCapable",
        "read the whole environment": "NotCapable",
        "read AMQP_PASSWORD": "allowed",
        "write a file": "NotCapable",
        "run a program": "NotCapable",
        "call a library": "NotCapable",
        "ask for the host name": "NotCapable",
      });
    } finally {
      await Deno.remove(file);
    }
  });
}

Deno.test({
  name: "send works without a standard input",
  ignore: Deno.build.os === "windows",
}, async () => {
  await using queue = testQueue();
  const options = { shell: 'exec "$@" <&-' };
  const { stdout, stderr } = await succeed("send", [...queue.args, "no stdin"], options);
  assertEquals({ stdout, stderr }, { stdout: " [x] Sent 'no stdin'\n", stderr: "" });
  assertEquals(await queue.count(), 1);
});

Deno.test({
  name: "the management shows connections by the names of the tasks",
  ignore: !NODE,
}, async () => {
  const node = await attachLocalRabbitmq(NODE);
  await using queue = testQueue();
  await using receiver = start("receive", queue.args);
  await receiver.said("Waiting for messages");
  await using sender = start("send", ["--lines", "-", ...queue.args], { openStdin: true });
  await sender.write("first\n");
  await receiver.said("[x] Received 'first'");

  const rows = await node.rabbitmqctl("list_connections", "client_properties");
  const names = [...rows.matchAll(/\{"connection_name","(amqp-tasks [^"]*)"\}/g)];
  assertEquals(names.map(([, name]) => name).sort(), ["amqp-tasks receive", "amqp-tasks send"]);
  receiver.kill("SIGTERM");
  assertEquals((await receiver.ended()).code, 0);
});
