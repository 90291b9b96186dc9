/** Where it takes place: a broker of its own, the clients that can be had, and files of messages. */
import { startLocalRabbitmq } from "../lib/local_rabbitmq.ts";
import { withChannel } from "../tests/support/queues.ts";
import { PIKA } from "../tests/support/pika.ts";
import { until } from "../tests/support/processes.ts";
import type { Client } from "./clients.ts";
import { CACHE, ROOT } from "./folders.ts";
import { writeLines } from "./lines_file.ts";
import { debianVersion, npmVersion } from "./machine.ts";
import { ourClient } from "./ours.ts";
import { AMQP_TOOLS, output, provideDebian, provideNpm } from "./packages.ts";
import { amqplib, amqpTools, pika, rabbitmqClient } from "./peers.ts";
import type { QueueType } from "./plan.ts";
import type { Missing, Results } from "./results.ts";

/** What can be done with it. Its disposal ends the broker and removes all files. */
export interface Stage extends AsyncDisposable {
  /** Of the broker, on the loopback interface. */
  url: string;
  /** A folder for files. */
  dir: string;
  /** Ours, and the others that are there. */
  clients: Client[];
  missing: Missing[];
  versions: Results["versions"];
  /** The queue, which is declared anew, and empty. */
  freshQueue: (type: QueueType) => Promise<string>;
  /**
   * Waits until so many messages are in the queue, and fails if they do not come; if some may be
   * lost, it returns how many were.
   */
  holds: (count: number, options?: { mayLose?: boolean }) => Promise<number>;
  /** The file with `count` lines of `size` bytes. */
  lines: (count: number, size: number) => Promise<string>;
}

const QUEUE = "bench";
/** No message has come for so long, in ms: none will. */
const SETTLED = 2_000;

/** Sets it up; what is missing on the machine is installed where that can be done. */
export async function setStage(
  { log, signal }: { log: (line: string) => void; signal: AbortSignal },
): Promise<Stage> {
  await using resources = new AsyncDisposableStack();
  const dir = await Deno.makeTempDir({ prefix: "amqp-tasks-bench-" });
  resources.defer(() => Deno.remove(dir, { recursive: true }));
  log("Starting RabbitMQ …");
  const node = resources.use(await startLocalRabbitmq({ dir: `${dir}/node`, log, signal }));
  const crew = await findClients(log);
  // An address: nobody has to look up a name.
  const url = node.url.replace("localhost", "127.0.0.1");
  const versions = {
    RabbitMQ: (await node.rabbitmqctl("version")).trim(),
    Deno: Deno.version.deno,
    ...crew.versions,
  };

  const files = new Map<string, Promise<string>>();
  const lines = (count: number, size: number) => {
    const path = `${dir}/${count}-${size}.txt`;
    const writing = files.get(path) ?? writeLines(path, count, size).then(() => path);
    files.set(path, writing);
    return writing;
  };
  const freshQueue = (type: QueueType) =>
    withChannel(url, async (channel) => {
      await channel.queueDelete(QUEUE);
      await channel.queueDeclare(QUEUE, { durable: true }, { "x-queue-type": type });
      return QUEUE;
    });
  const holds: Stage["holds"] = (count, { mayLose = false } = {}) =>
    withChannel(url, async (channel) => {
      let found = -1;
      let since = performance.now();
      const isThere = async () => {
        const { messageCount } = await channel.queueDeclare(QUEUE, { passive: true });
        if (found !== messageCount) since = performance.now();
        found = messageCount;
        return found === count || mayLose && performance.now() - since > SETTLED;
      };
      await until(isThere, { what: `${count} messages are in the queue` }).catch(() => {
        throw new Error(`${found} messages are in the queue, not ${count}`);
      });
      return count - found;
    });
  const owned = resources.move();
  return {
    ...crew,
    url,
    dir,
    versions,
    freshQueue,
    holds,
    lines,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function findClients(
  log: (line: string) => void,
): Promise<Pick<Stage, "clients" | "missing" | "versions">> {
  const clients = [ourClient];
  const missing: Missing[] = [];
  const versions: Results["versions"] = {};
  const npm = (name: string, create: (packages: string) => Client) => async () => {
    versions["Node.js"] = (await output("node", ["--version"])).slice(1);
    const packages = await provideNpm(`${ROOT}bench/peers`, `${CACHE}peers`, log);
    versions[name] = await npmVersion(packages, name);
    return create(packages);
  };
  const peers: Record<string, () => Promise<Client>> = {
    "amqplib": npm("amqplib", amqplib),
    "rabbitmq-client": npm("rabbitmq-client", rabbitmqClient),
    "amqp-tools": async () => {
      await provideDebian(AMQP_TOOLS, log);
      versions["amqp-tools"] = await debianVersion("amqp-tools");
      return amqpTools;
    },
    "pika": async () => {
      const python = await provideDebian(PIKA, log);
      versions.Python = (await output(python, ["--version"])).replace("Python ", "");
      versions.pika = await output(python, ["-c", "import pika; print(pika.__version__)"]);
      return pika(python);
    },
  };
  for (const [client, find] of Object.entries(peers)) {
    try {
      clients.push(await find());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log(`${client} is missing: ${reason}`);
      missing.push({ client, reason });
    }
  }
  return { clients, missing, versions };
}
