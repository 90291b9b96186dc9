import { assert } from "@std/assert";
import { residentMemory, until } from "../support/processes.ts";
import { testQueue } from "../support/queues.ts";
import { start } from "../support/scripts.ts";

const MB = 1024 * 1024;
const COUNT = 1_600;
const LENGTH = 64 * 1024;
const PREFETCH = 20;
/** What the pipe to a reader that pauses takes, in messages of this length: one, at most two. */
const PIPED = 2;

Deno.test({
  name: "receive holds no more than the prefetch while its reader pauses, however long its queue",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using queue = testQueue();
    const args = ["--format", "raw", "--set", `receive.prefetch=${PREFETCH}`, ...queue.args];
    await using receiver = start("receive", args, { paused: true });
    await receiver.said("Waiting for messages");
    const before = await residentMemory(receiver.pid);
    await queue.fill(Array<Uint8Array>(COUNT).fill(new Uint8Array(LENGTH)));

    let [count, former] = [NaN, NaN];
    const isQuiet = async () => {
      [former, count] = [count, await queue.count()];
      return count === former && count <= COUNT - PREFETCH;
    };
    await until(isQuiet, { what: "as much as the prefetch was delivered" });
    assert(count >= COUNT - PREFETCH - PIPED, `only ${count} of ${COUNT} are left in the queue`);
    // The payloads are 100 MB.
    const grown = (await residentMemory(receiver.pid) - before) / MB;
    assert(grown < 40, `its memory grew by ${grown} MB`);
  },
});
