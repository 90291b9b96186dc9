/** Queues of a test's own, and what the broker holds, by a client that is not under test. */
import { AMQPClient, type AMQPMessage, type AMQPProperties } from "@cloudamqp/amqp-client";
import { until } from "./processes.ts";
import { TEST_URL } from "./scripts.ts";

/** A queue with a name of its own, which is deleted at the end of a test. */
export interface TestQueue extends AsyncDisposable {
  readonly name: string;
  /** `--set queue.name=…`, for a script. */
  readonly args: string[];
  /** How many messages are ready in it. */
  count(): Promise<number>;
  /** Declares it as the scripts do by default, and puts messages in it. */
  fill(payloads: (string | Uint8Array)[], properties?: AMQPProperties): Promise<void>;
  /** Takes out all its messages, once there are `least` (default: 0) of them. */
  takeAll(least?: number): Promise<AMQPMessage[]>;
}

/** Names a queue; a script will declare it. */
export function testQueue(
  url = TEST_URL,
  name = `amqp-tasks.test.${crypto.randomUUID()}`,
): TestQueue {
  const count = () =>
    withChannel(url, async (channel) => {
      return (await channel.queueDeclare(name, { passive: true })).messageCount;
    });
  return {
    name,
    args: ["--set", `queue.name=${name}`],
    count,
    fill: (payloads, properties) =>
      withChannel(url, async (channel) => {
        await channel.queueDeclare(name, { durable: true }, { "x-queue-type": "quorum" });
        await channel.confirmSelect();
        await Promise.all(
          payloads.map((payload) => channel.basicPublish("", name, payload, properties)),
        );
      }),
    takeAll: async (least = 0) => {
      await until(async () => await count() >= least, { what: `${least} messages are in ${name}` });
      return await withChannel(url, (channel) => take(channel, name));
    },
    [Symbol.asyncDispose]: () =>
      withChannel(url, async (channel) => void await channel.queueDelete(name)),
  };
}

type PlainChannel = Awaited<ReturnType<AMQPClient["channel"]>>;

async function take(channel: PlainChannel, queue: string): Promise<AMQPMessage[]> {
  const { messageCount } = await channel.queueDeclare(queue, { passive: true });
  const messages: AMQPMessage[] = [];
  const consumer = await channel.basicConsume(queue, { noAck: true }, (message) => {
    messages.push(message);
  });
  await until(() => Promise.resolve(messages.length >= messageCount), { what: "they have come" });
  await consumer.cancel();
  return messages;
}

/** Opens a channel of the plain client, to look at the broker or to disturb it. */
export async function withChannel<T>(
  url: string,
  use: (channel: PlainChannel) => Promise<T>,
): Promise<T> {
  const client = new AMQPClient(`${url}?frameMax=131072`);
  await client.connect();
  try {
    return await use(await client.channel());
  } finally {
    await client.close();
  }
}
