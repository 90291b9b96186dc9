/** What each kind of fault does, and how it is made good. */
import { setTimeout as delay } from "node:timers/promises";
import type { ClusterNode } from "../support/cluster.ts";
import type { NetworkLink } from "../support/network_link.ts";
import { raiseAlarm } from "../support/node_settings.ts";
import type { ReceiverPost, SenderPost } from "./crew.ts";
import type { Fault, FaultKind } from "./plan.ts";
import type { Site, Stage } from "./stage.ts";

/** What a fault befalls. */
interface Targets {
  site: Site;
  /** A way to a node that somebody uses. */
  link: NetworkLink;
  /** The node after it. */
  other: Site;
  sender: SenderPost;
  receiver: ReceiverPost;
  leader: () => Promise<ClusterNode>;
  /** Lasts as long as the fault. */
  last: () => Promise<void>;
}

/** Brings a fault about and makes it good again; resolves when it is over. */
export async function commit({ kind, target, duration }: Fault, stage: Stage): Promise<void> {
  const { sites, senders, receivers, cluster, queue } = stage;
  const site = pick(sites, target);
  const links = sites.map(({ link }) => link).filter(({ open }) => open > 0);
  await FAULTS[kind]({
    site,
    link: pick(links, target),
    other: pick(sites, (target + 1 / sites.length) % 1),
    sender: pick(senders, target),
    receiver: pick(receivers, target),
    leader: () => cluster.leaderOf(queue.name),
    last: () => delay(duration),
  });
}

function pick<T>(items: T[], target: number): T {
  const item = items[Math.floor(target * items.length)];
  if (item === undefined) throw new Error("There is nothing to pick from");
  return item;
}

const FAULTS: Record<FaultKind, (targets: Targets) => unknown> = {
  "kill a node": ({ site, last }) => killAndStart(site.node, last),
  "kill the queue's leader": async ({ leader, last }) => killAndStart(await leader(), last),
  "kill two nodes": async ({ site, other, last }) => {
    const nodes = [site.node, other.node];
    await Promise.all(nodes.map((node) => node.kill()));
    await last();
    const starts = await Promise.allSettled(nodes.map((node) => node.start()));
    for (const start of starts) if (start.status === "rejected") throw start.reason;
  },
  "stop a node in good order": async ({ site: { node }, last }) => {
    await node.stop();
    await last();
    await node.start();
  },
  "freeze a node": ({ site, last }) => freezeAndThaw(site.node, last),
  "freeze the queue's leader": async ({ leader, last }) => freezeAndThaw(await leader(), last),
  "close all connections": ({ site }) =>
    site.node.rabbitmqctl("close_all_connections", "the soak closes it"),
  "memory alarm": async ({ site: { node }, last }) => {
    await using _alarm = await raiseAlarm("memory", node);
    await last();
  },
  "reset connections": ({ link }) => link.reset(),
  "cut a frame to the broker": ({ link }) => link.cutMidFrame("to broker"),
  "cut a frame to the clients": ({ link }) => link.cutMidFrame("to client"),
  "blackhole": async ({ link, last }) => {
    link.blackhole();
    await last();
    link.restore();
  },
  "slow network": async ({ link, last }) => {
    link.throttle({ bytesPerSecond: 20_000 });
    await last();
    link.restore();
  },
  "one byte at a time": async ({ link, last }) => {
    link.drip();
    await last();
    link.restore();
  },
  "kill a sender": ({ sender }) => sender.signal("SIGKILL"),
  "kill a receiver": ({ receiver }) => receiver.signal("SIGKILL"),
  "terminate a sender": ({ sender }) => sender.signal("SIGTERM"),
  "terminate a receiver": ({ receiver }) => receiver.signal("SIGTERM"),
  "freeze a sender": ({ sender, last }) => stopAndContinue(sender, last),
  "freeze a receiver": ({ receiver, last }) => stopAndContinue(receiver, last),
};

async function killAndStart(node: ClusterNode, last: () => Promise<void>): Promise<void> {
  await node.kill();
  await last();
  await node.start();
}

async function freezeAndThaw(node: ClusterNode, last: () => Promise<void>): Promise<void> {
  node.freeze();
  await last();
  node.thaw();
}

async function stopAndContinue(
  post: SenderPost | ReceiverPost,
  last: () => Promise<void>,
): Promise<void> {
  post.signal("SIGSTOP");
  await last();
  post.signal("SIGCONT");
}
