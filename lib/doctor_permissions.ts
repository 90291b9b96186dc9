/**
 * Finds out what the user may do with queue and exchange. What would leave something behind, or take
 * a message, is asked for with an argument that the broker has to refuse; what it refuses first
 * tells: the argument only where there is permission.
 */
import type { Skipped } from "./checklist.ts";
import type { Channel } from "./client_types.ts";
import type { Visit } from "./doctor_visit.ts";
import { type AmqpTasksError, TopologyError } from "./errors.ts";
import { ACCESS_REFUSED, readReply } from "./reply.ts";

/** Arguments of a type that RabbitMQ refuses with 406: a time, a name and a number to it. */
const INVALID = {
  queue: { "x-expires": "never" },
  exchange: { "alternate-exchange": 0 },
  consumer: { args: { "x-priority": "none" } },
};

/** Who needs a permission (https://www.rabbitmq.com/docs/access-control#authorisation). */
const NEEDED = {
  configure: "send and receive need it to declare",
  write: "send needs it",
  read: "receive needs it",
};

type Permission = keyof typeof NEEDED;

/**
 * Asks for each permission that the config needs.
 *
 * @returns Which the user has.
 * @throws {TopologyError} If one is missing.
 */
export async function probePermissions(visit: Visit): Promise<string | Skipped> {
  const { config: { queue, exchange }, connection, learnt } = visit;
  // Another make may take what this one refuses, and then something would remain.
  if (connection.serverProperties.product !== "RabbitMQ") return { skipped: "it is not RabbitMQ" };
  const refusals = new Map<Permission, AmqpTasksError | undefined>();
  const ask = async (permission: Permission, on: (channel: Channel) => Promise<unknown>) => {
    const refused = await refusal(visit, on);
    refusals.set(permission, refusals.get(permission) ?? refused);
  };
  // To declare what exists as it is needs the same permission: that was asked before.
  if (exchange && !exchange.passive && !learnt.hasExchange) {
    await ask(
      "configure",
      (channel) => channel.exchangeDeclare(exchange.name, "direct", {}, INVALID.exchange),
    );
  }
  if (queue && queue.name !== "" && !queue.passive) {
    await ask("configure", (channel) => channel.queueDeclare(queue.name, {}, INVALID.queue));
  }
  if (!exchange || learnt.hasExchange) refusals.set("write", learnt.refusedWrite);
  if (queue && learnt.hasQueue) {
    await ask("read", (channel) => channel.basicConsume(queue.name, INVALID.consumer, () => {}));
  }
  return judge(refusals);
}

function judge(refusals: Map<Permission, AmqpTasksError | undefined>): string {
  const has = [...refusals].flatMap(([permission, refused]) => refused ? [] : [permission]);
  const may = `the user may ${has.join(", ") || "do nothing"}`;
  const lacks = [...refusals].flatMap(([permission, refused]) =>
    refused ? [{ permission, refused }] : []
  );
  const [first] = lacks;
  if (first) {
    const not = lacks.map(({ permission }) => `${permission} (${NEEDED[permission]})`).join(", ");
    const { message, cure } = first.refused;
    throw new TopologyError(`${may}, but not ${not}\n${message}`, { cure, cause: first.refused });
  }
  const untold = (["write", "read"] as const).filter((permission) => !refusals.has(permission));
  return untold.length
    ? `${may}; whether it may ${untold.join(" and ")} shows once there is what it is about`
    : may;
}

/** What comes of something that is refused in any case: the error, if a permission is the reason. */
async function refusal(
  visit: Visit,
  ask: (channel: Channel) => Promise<unknown>,
): Promise<AmqpTasksError | undefined> {
  try {
    await visit.onChannel(ask);
  } catch (error) {
    const reply = readReply(error);
    if (!reply) throw visit.explain(error);
    if (reply.code === ACCESS_REFUSED) return visit.explain(error) as AmqpTasksError;
  }
  return undefined;
}
