/** Queues of a test's own, and what the broker holds, by a client that is not under test. */
import { AMQPClient } from "@cloudamqp/amqp-client";
import { TEST_URL } from "./scripts.ts";

/** A queue with a name of its own, which is deleted at the end of a test. */
export interface TestQueue extends AsyncDisposable {
  readonly name: string;
  /** `--set queue.name=…`, for a script. */
  readonly args: string[];
  /** How many messages are ready in it. */
  count(): Promise<number>;
}

/** Names a queue; a script will declare it. */
export function testQueue(url = TEST_URL): TestQueue {
  const name = `amqp-tasks.test.${crypto.randomUUID()}`;
  return {
    name,
    args: ["--set", `queue.name=${name}`],
    count: () =>
      withChannel(url, async (channel) => {
        return (await channel.queueDeclare(name, { passive: true })).messageCount;
      }),
    [Symbol.asyncDispose]: () =>
      withChannel(url, async (channel) => void await channel.queueDelete(name)),
  };
}

/** Opens a channel of the plain client, to look at the broker or to disturb it. */
export async function withChannel<T>(
  url: string,
  use: (channel: Awaited<ReturnType<AMQPClient["channel"]>>) => Promise<T>,
): Promise<T> {
  const client = new AMQPClient(`${url}?frameMax=131072`);
  await client.connect();
  try {
    return await use(await client.channel());
  } finally {
    await client.close();
  }
}
