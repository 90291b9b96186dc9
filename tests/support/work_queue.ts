import { type TestQueue, testQueue, withChannel } from "./queues.ts";
import { TEST_URL } from "./scripts.ts";

/**
 * Declares a queue, and names those that its failed messages go to, which are deleted with it.
 *
 * @param delay What `receive.retry.delay` is, in ms.
 */
export async function workQueue(delay = 300): Promise<TestQueue & { deadLetters: TestQueue }> {
  const queue = testQueue();
  await queue.fill([]);
  const deadLetters = testQueue(TEST_URL, `${queue.name}.dead-letter`);
  const remove = () =>
    withChannel(TEST_URL, async (channel) => {
      for (const suffix of ["", ".dead-letter", `.retry.${delay}ms`]) {
        await channel.queueDelete(queue.name + suffix);
      }
    });
  return { ...queue, deadLetters, [Symbol.asyncDispose]: remove };
}
