/** What `doctor` looks at on a channel: what is declared, what we may do, and whether messages flow. */
import type { Check, Skipped } from "./checklist.ts";
import { probePermissions } from "./doctor_permissions.ts";
import { probeBroker, sendThrough } from "./doctor_probes.ts";
import { showTime } from "./doctor_network.ts";
import type { Visit } from "./doctor_visit.ts";
import { readReply } from "./reply.ts";
import { quote } from "./terminal.ts";
import { declareTopology } from "./topology.ts";

const NOT_FOUND = 404;

/** The checks of what the config wants to be there, and of a message's way through the broker. */
export function topologyChecks(visit: Visit): Check[] {
  let times: { confirmed: number; arrived: number } | Skipped;
  return [
    { name: "exchange", run: () => examineExchange(visit) },
    { name: "queue", run: () => examineQueue(visit) },
    { name: "alarms", isVital: true, run: () => probeBroker(visit) },
    { name: "permissions", run: () => probePermissions(visit) },
    {
      name: "confirms",
      isVital: true,
      async run() {
        times = await sendThrough(visit);
        return "skipped" in times
          ? times
          : `a message is confirmed in ${showTime(times.confirmed)}`;
      },
    },
    {
      name: "round trip",
      run: () =>
        "skipped" in times ? times : `by an exclusive queue, in ${showTime(times.arrived)}`,
    },
  ];
}

async function examineExchange(visit: Visit) {
  const { config: { queue: _, ...config }, learnt } = visit;
  const { exchange } = config;
  if (!exchange) return { skipped: "none in the config: the default exchange is used" };
  learnt.hasExchange = await exists(
    visit,
    exchange.passive,
    (channel) => channel.exchangeDeclare(exchange.name, exchange.type, { passive: true }),
  );
  if (!learnt.hasExchange) return absent(exchange.name);
  await compare(visit, config);
  return `${quote(exchange.name)} is as the config says`;
}

async function examineQueue(visit: Visit) {
  const { config: { exchange: _, ...config }, learnt } = visit;
  const { queue } = config;
  if (!queue) return { skipped: "none in the config" };
  if (queue.name === "") return { skipped: "each receiver gets one of its own" };
  let counts = "";
  learnt.hasQueue = await exists(visit, queue.passive, async (channel) => {
    const { messageCount, consumerCount } = await channel.queueDeclare(queue.name, {
      passive: true,
    });
    counts = `messages: ${messageCount}, consumers: ${consumerCount}`;
  });
  if (!learnt.hasQueue) return absent(queue.name);
  // Bindings can be made, but not looked at.
  await compare(visit, { ...config, queue: { ...queue, bindings: [] } });
  return `${quote(queue.name)} is as the config says; ${counts}`;
}

function absent(name: string): string {
  return `${quote(name)} does not exist yet: send and receive declare it`;
}

async function exists(
  visit: Visit,
  isPassive: boolean,
  look: Parameters<Visit["onChannel"]>[0],
): Promise<boolean> {
  try {
    await visit.onChannel(look);
    return true;
  } catch (error) {
    if (readReply(error)?.code === NOT_FOUND && !isPassive) return false;
    throw visit.explain(error);
  }
}

/** Declares what exists once more, which changes nothing, and tells every difference. */
async function compare(visit: Visit, config: Visit["config"]): Promise<void> {
  await visit.answer(declareTopology(visit.connection, config, "receive"));
}
