/** Changes to the private node that are put back at the end: alarms, and limits of RabbitMQ's. */
import { attachLocalRabbitmq, type LocalRabbitmqNode } from "../../lib/local_rabbitmq.ts";

/** The directory of the private node under test; empty: there is none that can be controlled. */
export const NODE = Deno.env.get("AMQP_TEST_NODE") ?? "";

/** The command that raises an alarm, how, and the default that ends it. */
const ALARMS = {
  memory: { command: "set_vm_memory_high_watermark", low: "0.0000001", usual: "0.4" },
  disk: { command: "set_disk_free_limit", low: "900000GB", usual: "50MB" },
};

/** An alarm that is on; its disposal ends it. */
export interface Alarm extends AsyncDisposable {
  /** Ends it earlier. */
  clear(): Promise<void>;
}

/** What can be told to change. */
type Node = Pick<LocalRabbitmqNode, "rabbitmqctl">;

/**
 * Makes a broker take no messages, because it is low on memory or on disk. Default: the one under
 * test.
 */
export async function raiseAlarm(resource: keyof typeof ALARMS, other?: Node): Promise<Alarm> {
  const node = other ?? await attachLocalRabbitmq(NODE);
  const { command, low, usual } = ALARMS[resource];
  await node.rabbitmqctl(command, low);
  let clearing: Promise<string> | undefined;
  const clear = async () => void await (clearing ??= node.rabbitmqctl(command, usual));
  return { clear, [Symbol.asyncDispose]: clear };
}

/**
 * Sets numbers in the environment of the Erlang application `rabbit`, which is where its
 * configuration ends up. A channel reads them when it is opened.
 */
export async function setLimits(limits: Record<string, number>): Promise<AsyncDisposable> {
  const node = await attachLocalRabbitmq(NODE);
  const names = Object.keys(limits);
  const evaluate = (expressions: string[]) =>
    node.rabbitmqctl("eval", `[${expressions.join(", ")}].`);
  const set = async (values: number[]) =>
    void await evaluate(
      names.map((name, at) => `application:set_env(rabbit, ${name}, ${values[at]})`),
    );
  const former = await evaluate(
    names.map((name) => `element(2, application:get_env(rabbit, ${name}))`),
  );
  await set(Object.values(limits));
  return { [Symbol.asyncDispose]: () => set(JSON.parse(former)) };
}
