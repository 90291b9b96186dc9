import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { findRabbitmq } from "../../lib/rabbitmq_install.ts";
import { until } from "../support/processes.ts";
import { testQueue } from "../support/queues.ts";
import { start, succeed } from "../support/scripts.ts";
import { assertNothingLost } from "../support/tally.ts";
import { Traffic } from "../support/traffic.ts";

// The broker under test may be another machine's: then there may be none to kill here.
const ignore = !await findRabbitmq().then(() => true, () => false);

async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "amqp-tasks-killed-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/**
 * Waits until RabbitMQ has written which files are a quorum queue's. It does so some time after it
 * has declared the queue, up to half a second and more; if it is killed before, it loses what it has
 * confirmed, whoever sent it: see "What no client can mend" in docs/faults.md.
 */
async function isOnDisk(dir: string, queue: string): Promise<void> {
  const names = `${dir}/data/rabbit@localhost/quorum/rabbit@localhost/names.dets`;
  const read = async () => new TextDecoder("latin1").decode(await Deno.readFile(names));
  await until(async () => (await read()).includes(queue), { what: `${queue} is on disk` });
}

// Each start costs seconds, so one folder and one port see all that can befall a broker.
Deno.test(
  { name: "a broker that dies, hangs up or freezes costs no message", ignore },
  async (t) => {
    await using folder = await temporaryFolder();
    const dir = `${folder.path}/node`;
    let node = await startLocalRabbitmq({ dir });
    try {
      const { url, port } = node;

      await t.step("100,000 messages survive SIGKILL to the broker while they flow", async () => {
        const queue = testQueue(url);
        await queue.fill([]);
        await isOnDisk(dir, queue.name);
        await using traffic = new Traffic({ count: 100_000, dir: folder.path, url, queue });
        await traffic.isUnderWay(3_000_000);
        Deno.kill(node.pid, "SIGKILL");
        await node.stop();
        node = await startLocalRabbitmq({ dir, port });
        assertNothingLost(traffic.sent, await traffic.finish());
        for (const { stderr } of [traffic.sender, traffic.receiver]) {
          assertStringIncludes(stderr, "Lost the connection to localhost:");
          assertStringIncludes(stderr, "Connected to localhost:");
        }
      });

      await t.step("50,000 messages survive close_all_connections", async () => {
        await using traffic = new Traffic({ count: 50_000, dir: folder.path, url });
        await traffic.isUnderWay(1_000_000);
        await node.rabbitmqctl("close_all_connections", "to try it");
        assertNothingLost(traffic.sent, await traffic.finish());
        for (const { stderr } of [traffic.sender, traffic.receiver]) {
          assertStringIncludes(stderr, "to try it");
          // So it would end that acknowledges by a tag of the old channel.
          assert(!stderr.includes("Lost the channel"), stderr);
          assertStringIncludes(stderr, "Connected to localhost:");
        }
      });

      await t.step("a frozen broker is noticed, and a thawed one used again", async () => {
        await using queue = testQueue(url);
        const args = [...queue.args, "--set", "broker.heartbeat=2s"];
        const lines = ["--lines", "-", ...args];
        await using sender = start("send", lines, { url, openStdin: true });
        await using receiver = start("receive", args, { url });
        await sender.write("before\n");
        await receiver.said("'before'");
        const frozen = performance.now();
        Deno.kill(node.pid, "SIGSTOP");
        await sender.write("meanwhile\n");
        await sender.said("no sign of life");
        await receiver.said("no sign of life");
        const noticed = (performance.now() - frozen) / 1_000;
        assert(noticed > 1.5, `noticed after ${noticed} s`);
        Deno.kill(node.pid, "SIGCONT");
        await receiver.said("'meanwhile'");
        await sender.write("after\n");
        await receiver.said("'after'");
        await sender.closeStdin();
        const sent = await sender.ended();
        assertEquals(sent.code, 0, sent.stderr);
        assertStringIncludes(sent.stderr, "Sent 3 messages");
        receiver.kill("SIGINT");
        assertEquals((await receiver.ended()).code, 0);
      });

      await t.step("a broker that does not come back within broker.retry: exit 3", async () => {
        const queue = testQueue(url);
        const args = [...queue.args, "--set", "broker.retry=2s"];
        await succeed("send", args, { url });
        await using sender = start("send", ["--lines", "-", ...args], { url, openStdin: true });
        await using receiver = start("receive", args, { url });
        await receiver.said("Hello World!");
        await sender.write("x\ny\n");
        await receiver.said("'y'");
        Deno.kill(node.pid, "SIGKILL");
        await node.stop();
        for (const script of [sender, receiver]) {
          const { code, stderr } = await script.ended();
          assertEquals(code, 3, stderr);
          assertStringIncludes(stderr, "Lost the connection");
          assertStringIncludes(stderr, `error: Cannot connect to localhost:${port}`);
        }
        assertStringIncludes(
          sender.stderr,
          "messages confirmed, 0 not accepted, ",
        );
      });
    } finally {
      await node.stop();
    }
  },
);
