/** What memory this process has, in MiB. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const MB = 2 ** 20;

/** How much is held, which is not garbage. */
export function heldMemory(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const { heapUsed, external } = Deno.memoryUsage();
  return (heapUsed + external) / MB;
}

/**
 * Begins to watch for how much memory the system gives this process at most, garbage and all.
 *
 * @returns A function that tells how much more that was than at the beginning, in MiB; 0 where it is
 *   not Linux.
 */
export async function watchPeak(): Promise<() => Promise<number>> {
  // 5 forgets the peak of whatever ran before (man 5 proc_pid_clear_refs).
  await Deno.writeTextFile("/proc/self/clear_refs", "5").catch(() => {});
  const before = await readPeak();
  return async () => await readPeak() - before;
}

async function readPeak(): Promise<number> {
  const status = await Deno.readTextFile("/proc/self/status").catch(() => "");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1_024;
}
