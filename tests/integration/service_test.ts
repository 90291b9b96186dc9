import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { plainly } from "../support/environment.ts";
import { withChannel } from "../support/queues.ts";
import { TEST_URL } from "../support/scripts.ts";

const SERVICE = fileURLToPath(new URL("../../examples/service.ts", import.meta.url));

Deno.test({
  name: "the library in a service: it asks, answers and ends",
  // Its queue has the name that the tutorial gives it: nobody else's may be touched.
  ignore: !Deno.env.get("AMQP_TEST_NODE"),
}, async () => {
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--allow-net",
        "--allow-read",
        "--allow-env=AMQP_*,LOG_TOKENS,LOG_STREAM",
        SERVICE,
      ],
      ...plainly({ AMQP_URL: TEST_URL }),
      stdin: "null",
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    const expected = "2 squared is 4\n3 squared is 9\n4 squared is 16\n";
    assertEquals(new TextDecoder().decode(stdout), expected);
  } finally {
    await withChannel(TEST_URL, async (channel) => {
      for (const suffix of ["", ".dead-letter", ".retry.10000ms"]) {
        await channel.queueDelete(`rpc_queue${suffix}`);
      }
    });
  }
});
