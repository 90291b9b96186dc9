/** A RabbitMQ cluster of a test's own: three nodes on the loopback interface. */
import {
  type LocalRabbitmq,
  type LocalRabbitmqOptions,
  startLocalRabbitmq,
} from "../../lib/local_rabbitmq.ts";
import type { NodeName } from "../../lib/local_rabbitmq_process.ts";
import { freePorts, isListening } from "../../lib/loopback_ports.ts";
import { until } from "./processes.ts";

const SIZE = 3;

/** An epmd that ends with its standard input, and so with whoever started it. */
const EPMD = 'epmd -address 127.0.0.1 -port "$1" & read -r _; kill $!; wait';

interface NodeOptions extends LocalRabbitmqOptions {
  port: number;
  name: NodeName;
}

/** A place for one node, which may run there or not. */
export class ClusterNode {
  #running: LocalRabbitmq | undefined;

  constructor(readonly options: NodeOptions) {}

  /** The name of its Erlang node. */
  get name(): string {
    return this.options.name.name;
  }

  /** Its AMQP port, the same after each start. */
  get port(): number {
    return this.options.port;
  }

  /** Whether it runs, be it frozen. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Starts it on the data that it has. */
  async start(): Promise<void> {
    this.#running = await startLocalRabbitmq(this.options);
  }

  /** Kills it with SIGKILL, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#signal("SIGKILL");
    await this.stop();
  }

  /** Stops it in good order. */
  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  /** Suspends it, as a machine that hangs. */
  freeze(): void {
    this.#signal("SIGSTOP");
  }

  /** Lets it go on. */
  thaw(): void {
    this.#signal("SIGCONT");
  }

  /** Runs `rabbitmqctl` on it. */
  async rabbitmqctl(...args: string[]): Promise<string> {
    if (!this.#running) throw new Error(`${this.name} does not run`);
    return await this.#running.rabbitmqctl(...args);
  }

  #signal(signal: Deno.Signal): void {
    if (this.#running) Deno.kill(this.#running.pid, signal);
  }
}

/** The nodes of one cluster. Its disposal stops them all. */
export class Cluster implements AsyncDisposable {
  readonly #epmd: Deno.ChildProcess;

  constructor(readonly nodes: ClusterNode[], epmd: Deno.ChildProcess) {
    this.#epmd = epmd;
  }

  /** Which node leads a quorum queue. */
  async leaderOf(queue: string): Promise<ClusterNode> {
    const node = this.#one(({ isRunning }) => isRunning);
    const columns = ["--formatter", "json", "name", "leader"];
    const rows: { name: string; leader: string }[] = JSON.parse(
      await node.rabbitmqctl("list_queues", ...columns),
    );
    const leader = rows.find(({ name }) => name === queue)?.leader;
    return this.#one(({ name }) => name === leader);
  }

  #one(fits: (node: ClusterNode) => boolean): ClusterNode {
    const node = this.nodes.find(fits);
    if (!node) throw new Error("No node of the cluster fits");
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.#epmd.stdin.close();
    await this.#epmd.status;
  }
}

/** Starts three nodes, with data in `dir`, and lets them form a cluster (some 25 s). */
export async function startCluster(
  dir: string,
  options: Pick<LocalRabbitmqOptions, "log" | "signal"> = {},
): Promise<Cluster> {
  const [epmdPort = 0, ...ports] = freePorts(1 + SIZE);
  const epmd = startEpmd(epmdPort);
  const names = ports.map((_, index) => `rabbit${index + 1}@localhost`);
  const config = [
    "cluster_formation.peer_discovery_backend = classic_config",
    ...names.map((name, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${name}`),
  ];
  const cookie = crypto.randomUUID();
  const nodes = ports.map((port, index) =>
    new ClusterNode({
      ...options,
      config,
      port,
      dir: `${dir}/node${index + 1}`,
      name: { name: names[index] ?? "", epmdPort },
    })
  );
  const cluster = new Cluster(nodes, epmd);
  try {
    await until(() => isListening(epmdPort), { what: "epmd answers" });
    for (const { options: { dir } } of nodes) await bakeCookie(dir, cookie);
    // All of them, so that those that have started can be stopped when one has not.
    const starts = await Promise.allSettled(nodes.map((node) => node.start()));
    for (const start of starts) if (start.status === "rejected") throw start.reason;
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

function startEpmd(port: number): Deno.ChildProcess {
  return new Deno.Command("sh", {
    args: ["-c", EPMD, "epmd", String(port)],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** Erlang nodes talk only to those that have the same secret. */
async function bakeCookie(dir: string, cookie: string): Promise<void> {
  await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(`${dir}/.erlang.cookie`, cookie, { mode: 0o400 });
}
