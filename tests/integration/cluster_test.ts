import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findRabbitmq } from "../../lib/rabbitmq_install.ts";
import { type Cluster, type ClusterNode, startCluster } from "../support/cluster.ts";
import { testQueue, withChannel } from "../support/queues.ts";
import { type Script, start } from "../support/scripts.ts";
import { assertNothingLost } from "../support/tally.ts";
import { Traffic } from "../support/traffic.ts";

const ignore = !await findRabbitmq().then(() => true, () => false);

/** `--set` for a cluster, of which the first of these nodes is tried first. */
function hosts(...nodes: ClusterNode[]): string[] {
  const list = nodes.map(({ port }) => `localhost:${port}`).join(", ");
  return ["--set", `broker={host: [${list}], heartbeat: 2s}`];
}

function urlOf({ port }: ClusterNode): string {
  return `amqp://guest:guest@localhost:${port}`;
}

function assertMoved(script: Script, from: ClusterNode, to: ClusterNode): void {
  assertStringIncludes(script.stderr, `Lost the connection to localhost:${from.port}: `);
  assertStringIncludes(script.stderr, `Connected to localhost:${to.port}\n`);
}

/** A sender on the second node, which leads the queue, and a receiver on the third. */
async function begin(cluster: Cluster, dir: string): Promise<Traffic> {
  const [first, second, third] = cluster.nodes as [ClusterNode, ClusterNode, ClusterNode];
  const queue = testQueue(urlOf(first));
  await withChannel(urlOf(second), async (channel) => {
    await channel.queueDeclare(queue.name, { durable: true }, { "x-queue-type": "quorum" });
  });
  assertEquals(await cluster.leaderOf(queue.name), second);
  const traffic = new Traffic({
    count: 50_000,
    dir,
    queue,
    sender: { args: hosts(second, first, third) },
    receiver: { args: hosts(third, first, second) },
  });
  await traffic.isUnderWay(500_000);
  return traffic;
}

// A cluster takes half a minute to form, so one sees all that can befall it.
Deno.test({ name: "a cluster that loses nodes loses no message", ignore }, async (t) => {
  const dir = await Deno.makeTempDir({ prefix: "amqp-tasks-cluster-" });
  await using resources = new AsyncDisposableStack();
  resources.defer(() => Deno.remove(dir, { recursive: true }));
  const cluster = resources.use(await startCluster(dir));
  const [first, second, third] = cluster.nodes as [ClusterNode, ClusterNode, ClusterNode];
  const url = urlOf(first);

  await t.step("the queue's leader is killed: its sender goes on at the next host", async () => {
    await using traffic = await begin(cluster, dir);
    await second.kill();
    assertNothingLost(traffic.sent, await traffic.finish());
    assertMoved(traffic.sender, second, first);
    assert(!traffic.receiver.stderr.includes("Lost the connection"), traffic.receiver.stderr);
    await second.start();
  });

  await t.step("a node that does not lead is killed: its receiver goes on elsewhere", async () => {
    await using traffic = await begin(cluster, dir);
    await third.kill();
    assertNothingLost(traffic.sent, await traffic.finish());
    assertMoved(traffic.receiver, third, first);
    assert(!traffic.sender.stderr.includes("Lost the connection"), traffic.sender.stderr);
    await third.start();
  });

  // Until the cluster has noticed, which takes it a minute, it may stall: then all waits for the thaw.
  await t.step("a node freezes: both leave it for the next host, and nothing is lost", async () => {
    await using queue = testQueue(url);
    await queue.fill([]);
    const args = [...hosts(second, first, third), ...queue.args];
    await using sender = start("send", ["--lines", "-", ...args], { url, openStdin: true });
    await using receiver = start("receive", args, { url });
    await sender.write("before\n");
    await receiver.said("'before'");
    const meanwhile = Array.from({ length: 20 }, (_, index) => `meanwhile ${index}`);
    second.freeze();
    try {
      await sender.write(`${meanwhile.join("\n")}\n`);
      for (const script of [sender, receiver]) {
        await script.said(`Lost the connection to localhost:${second.port}: no sign of life`);
        await script.said(`Connected to localhost:${first.port}\n`);
      }
    } finally {
      second.thaw();
    }
    for (const payload of meanwhile) await receiver.said(`'${payload}'`);
    await sender.closeStdin();
    assertEquals((await sender.ended()).code, 0, sender.stderr);
    assertStringIncludes(sender.stderr, "Sent 21 messages");
  });

  await t.step("without a majority nothing is called sent; with it again all is", async () => {
    await using queue = testQueue(url);
    // The example as it stands.
    const args = ["--config", "examples/cluster.yaml", ...queue.args];
    const ports = cluster.nodes.map(({ port }, index) => [`AMQP_NODE_${index + 1}`, port] as const);
    const env = Object.fromEntries(ports.map(([key, port]) => [key, `localhost:${port}`]));
    const options = { url: null, env };
    await using receiver = start("receive", args, options);
    await using sender = start("send", ["--lines", "-", ...args], { ...options, openStdin: true });
    await sender.write("before\n");
    await receiver.said("'before'");
    await Promise.all([second.kill(), third.kill()]);
    await sender.write("meanwhile\n");
    await using patient = start("send", [...args, "patient"], options);
    const limit = ["--set", "message.confirm_timeout=2s"];
    await using limited = start("send", [...args, ...limit, "limited"], options);
    const { code, stdout, stderr } = await limited.ended();
    assertEquals({ code, stdout }, { code: 4, stdout: "" }, stderr);
    assertStringIncludes(stderr, "not confirmed within 2 s");
    assertEquals(patient.stdout, "");
    assert(!receiver.stdout.includes("meanwhile"));

    await Promise.all([second.start(), third.start()]);
    await patient.said("Sent 'patient'");
    assertEquals((await patient.ended()).code, 0);
    await receiver.said("'meanwhile'");
    await receiver.said("'patient'");
    await sender.closeStdin();
    assertEquals((await sender.ended()).code, 0);
    assertStringIncludes(sender.stderr, "Sent 2 messages");
  });
});
