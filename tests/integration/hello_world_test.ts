import { assertEquals, assertStringIncludes } from "@std/assert";
import { testQueue } from "../support/queues.ts";
import { start, succeed } from "../support/scripts.ts";

Deno.test("send and receive print the lines of the tutorial, send first", async () => {
  await using queue = testQueue();
  const sent = await succeed("send", queue.args);
  assertEquals(sent.stdout, " [x] Sent 'Hello World!'\n");
  const received = await succeed("receive", ["--count", "1", ...queue.args]);
  assertEquals(received.stdout, " [x] Received 'Hello World!'\n");
  assertEquals(received.stderr, " [*] Waiting for messages. To exit press CTRL+C\n");
  assertEquals(await queue.count(), 0);
});

Deno.test("receive can be started first, and ends with 0 on SIGINT", async () => {
  await using queue = testQueue();
  await using receiver = start("receive", queue.args);
  await receiver.said("[*] Waiting for messages");
  await succeed("send", [...queue.args, "a", "few", "words"]);
  await receiver.said("[x] Received");
  receiver.kill("SIGINT");
  const { code, stdout } = await receiver.ended();
  assertEquals({ code, stdout }, { code: 0, stdout: " [x] Received 'a few words'\n" });
  assertEquals(await queue.count(), 0);
});

Deno.test("--help prints usage and exits 0 without a broker", async () => {
  for (const task of ["send", "receive"] as const) {
    const { stdout } = await succeed(task, ["--help"], { url: null });
    assertStringIncludes(stdout, `deno task ${task}`);
    assertStringIncludes(stdout, "Exit codes:");
  }
});
