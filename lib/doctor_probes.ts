/** What `doctor` does on the broker to see what it allows. Nothing of it remains. */
import type { Skipped } from "./checklist.ts";
import type { Visit } from "./doctor_visit.ts";
import { AmqpTasksError, PublishError } from "./errors.ts";
import { ACCESS_REFUSED, readReply } from "./reply.ts";
import { escapeText, quote } from "./terminal.ts";

/**
 * Publishes in a transaction that is rolled back. A broker with an alarm stops reading then, and says
 * so; whether we may publish to the exchange shows as well.
 *
 * @throws {PublishError} If there is an alarm.
 */
export async function probeBroker(visit: Visit): Promise<string> {
  const { config: { exchange }, connection, learnt } = visit;
  const name = learnt.hasExchange ? exchange?.name ?? "" : "";
  const blocked = Promise.withResolvers<never>();
  blocked.promise.catch(() => {});
  connection.onBlocked = (reason) => {
    if (reason === undefined) return;
    blocked.reject(
      new PublishError(`The broker takes no messages: ${escapeText(reason)}`, {
        cure:
          "Free memory or disk space on the broker's machine; rabbitmqctl status shows its alarms",
      }),
    );
  };
  const probe = visit.onChannel(async (channel) => {
    await channel.txSelect();
    await channel.basicPublish(name, "amqp-tasks.doctor", "");
    await channel.txRollback();
  });
  try {
    await Promise.race([probe, blocked.promise]);
  } catch (error) {
    if (readReply(error)?.code !== ACCESS_REFUSED) throw visit.explain(error);
    // Of an exchange that does not exist yet the default one says nothing.
    if (exchange && !learnt.hasExchange) return "none";
    learnt.refusedWrite = visit.explain(error) as AmqpTasksError;
  }
  return "none";
}

/** Sends a message to itself by way of an exclusive queue; how long it took, in ms. */
export async function sendThrough(
  visit: Visit,
): Promise<{ confirmed: number; arrived: number } | Skipped> {
  try {
    return await visit.onChannel(async (channel) => {
      const { name } = await channel.queueDeclare("", { exclusive: true });
      const arrived = Promise.withResolvers<number>();
      await channel.confirmSelect();
      await channel.basicConsume(name, { noAck: true, exclusive: true }, () => {
        arrived.resolve(performance.now() - start);
      });
      const start = performance.now();
      await channel.basicPublish("", name, "amqp-tasks doctor", {}, true);
      return { confirmed: performance.now() - start, arrived: await arrived.promise };
    });
  } catch (error) {
    const reply = readReply(error);
    if (!reply && !(error instanceof AmqpTasksError)) {
      throw new PublishError(`The broker did not confirm a message: ${escapeText(String(error))}`, {
        cure: "A policy may limit every queue: rabbitmqctl list_policies",
        cause: error,
      });
    }
    if (reply?.code !== ACCESS_REFUSED) throw visit.explain(error);
    return { skipped: `not tried, because the user may not: ${quote(reply.text)}` };
  }
}
