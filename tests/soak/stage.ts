/** Where a soak takes place: a cluster, a link to each node, and a crew that sends and receives. */
import { type Cluster, type ClusterNode, startCluster } from "../support/cluster.ts";
import { type NetworkLink, networkLink } from "../support/network_link.ts";
import { type TestQueue, testQueue } from "../support/queues.ts";
import { ReceiverPost, SenderPost } from "./crew.ts";
import type { Ledger } from "./ledger.ts";

/** A node and the way to it. */
export interface Site {
  node: ClusterNode;
  link: NetworkLink;
}

/** How large a soak is. */
export interface StageOptions {
  senders: number;
  receivers: number;
  /** Messages a second, of all senders together. */
  rate: number;
  ledger: Ledger;
  onTrouble: (what: string) => void;
  signal?: AbortSignal | undefined;
}

/** All that faults can befall. Its disposal ends all of it. */
export interface Stage extends AsyncDisposable {
  queue: TestQueue;
  cluster: Cluster;
  sites: Site[];
  senders: SenderPost[];
  receivers: ReceiverPost[];
}

/** Starts the cluster, the links and the crew. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { ledger, onTrouble, rate, signal } = options;
  await using resources = new AsyncDisposableStack();
  const dir = await Deno.makeTempDir({ prefix: "amqp-tasks-soak-" });
  resources.defer(() => Deno.remove(dir, { recursive: true }));
  const cluster = resources.use(await startCluster(dir, { signal }));
  const sites: Site[] = [];
  for (const node of cluster.nodes) {
    sites.push({ node, link: resources.use(await networkLink(node.port)) });
  }
  const queue = testQueue(`amqp://guest:guest@127.0.0.1:${cluster.nodes[0]?.port}`);
  const hosts = sites.map(({ link }) => `127.0.0.1:${link.port}`);
  const common = { ledger, queue: queue.name, hosts, onTrouble };
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  const each = rate / options.senders;
  const senders = numbers(options.senders).map((number) => new SenderPost(number, common, each));
  const receivers = numbers(options.receivers).map((number) => new ReceiverPost(number, common));
  for (const post of [...senders, ...receivers]) {
    resources.use(post).open();
  }
  const owned = resources.move();
  return {
    queue,
    cluster,
    sites,
    senders,
    receivers,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
