import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findRabbitmq } from "../../lib/rabbitmq_install.ts";
import { type Cluster, type ClusterNode, startCluster } from "../support/cluster.ts";
import { testQueue } from "../support/queues.ts";
import { type Script, start } from "../support/scripts.ts";
import { assertNothingLost } from "../support/tally.ts";
import { Traffic } from "../support/traffic.ts";

const ignore = !await findRabbitmq().then(() => true, () => false);

/** `--set` for a cluster, of which the first of these nodes is tried first. */
function hosts(...nodes: ClusterNode[]): string[] {
  const list = nodes.map(({ port }) => `localhost:${port}`).join(", ");
  return ["--set", `broker={host: [${list}], heartbeat: 2s}`];
}

function assertMoved(script: Script, from: ClusterNode, to: ClusterNode): void {
  assertStringIncludes(script.stderr, `Lost the connection to localhost:${from.port}: `);
  assertStringIncludes(script.stderr, `Connected to localhost:${to.port}\n`);
}

/** A sender on the second node and a receiver on the third; one of the two leads their queue. */
async function traffic(cluster: Cluster, dir: string) {
  const [first, second, third] = cluster.nodes as [ClusterNode, ClusterNode, ClusterNode];
  const messages = new Traffic({
    count: 30_000,
    dir,
    url: `amqp://guest:guest@localhost:${first.port}`,
    sender: { args: hosts(second, first, third) },
    receiver: { args: hosts(third, first, second) },
  });
  await messages.isUnderWay(500_000);
  const onSecond = { script: messages.sender, node: second };
  const onThird = { script: messages.receiver, node: third };
  const leader = await cluster.leaderOf(messages.queue.name);
  const [onLeader, onFollower] = leader === second ? [onSecond, onThird] : [onThird, onSecond];
  assertEquals(onLeader.node.name, leader.name);
  return { messages, onLeader, onFollower };
}

// A cluster takes half a minute to form, so one sees all that can befall it.
Deno.test({ name: "a cluster that loses nodes loses no message", ignore }, async (t) => {
  const dir = await Deno.makeTempDir({ prefix: "amqp-tasks-cluster-" });
  await using resources = new AsyncDisposableStack();
  resources.defer(() => Deno.remove(dir, { recursive: true }));
  const cluster = resources.use(await startCluster(dir));
  const [first, second, third] = cluster.nodes as [ClusterNode, ClusterNode, ClusterNode];
  const url = `amqp://guest:guest@localhost:${first.port}`;

  await t.step("the queue's leader is killed: who was on it goes on at the next host", async () => {
    const { messages, onLeader, onFollower } = await traffic(cluster, dir);
    await using _ = messages;
    await onLeader.node.kill();
    assertNothingLost(messages.sent, await messages.finish());
    assertMoved(onLeader.script, onLeader.node, first);
    assert(!onFollower.script.stderr.includes("Lost"), onFollower.script.stderr);
    await onLeader.node.start();
  });

  await t.step("a node that does not lead is killed: who was on it goes on elsewhere", async () => {
    const { messages, onLeader, onFollower } = await traffic(cluster, dir);
    await using _ = messages;
    await onFollower.node.kill();
    assertNothingLost(messages.sent, await messages.finish());
    assertMoved(onFollower.script, onFollower.node, first);
    assert(!onLeader.script.stderr.includes("Lost"), onLeader.script.stderr);
    await onFollower.node.start();
  });

  // When it is the queue's leader that freezes, the cluster itself takes a minute to notice.
  await t.step("a node freezes: both go on at the next host while it is frozen", async () => {
    await using queue = testQueue(url);
    await queue.fill([]);
    assertEquals(await cluster.leaderOf(queue.name), first);
    const args = [...hosts(second, first, third), ...queue.args];
    await using sender = start("send", ["--lines", "-", ...args], { url, openStdin: true });
    await using receiver = start("receive", args, { url });
    await sender.write("before\n");
    await receiver.said("'before'");
    second.freeze();
    const meanwhile = Array.from({ length: 20 }, (_, index) => `meanwhile ${index}`);
    try {
      await sender.write(`${meanwhile.join("\n")}\n`);
      // Some of it goes to the consumer that it had on the frozen node, and comes later.
      await receiver.said("'meanwhile");
      await sender.closeStdin();
      assertEquals((await sender.ended()).code, 0, sender.stderr);
      for (const script of [sender, receiver]) assertMoved(script, second, first);
    } finally {
      second.thaw();
    }
    for (const payload of meanwhile) await receiver.said(`'${payload}'`);
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
    assertStringIncludes(sender.stderr, "Sent 2 messages\n");
  });
});
