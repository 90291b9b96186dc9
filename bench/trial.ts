/** Single runs: what is done before, what is measured, and what is checked after. */
import type { Client, Job, Start, Way } from "./clients.ts";
import { ROOT } from "./folders.ts";
import { ourClient } from "./ours.ts";
import { type Command, measure } from "./process.ts";
import { openReader } from "./reader.ts";
import type { Case } from "./results.ts";
import type { Stage } from "./stage.ts";

/** What a run says. */
export interface Outcome {
  seconds: number;
  rss?: number | undefined;
  lost?: number | undefined;
}

/** Something that can be run again and again. */
export interface Trial extends Case {
  /** Runs it once; throws if it did not do all that it had to. */
  run: () => Promise<Outcome>;
}

/** What trials differ in; the client and the action are added. */
export type Conditions = Omit<Case, "client" | "action" | "processes">;

/** How trials are run. */
export interface TrialOptions {
  stage: Stage;
  signal: AbortSignal;
}

/** One or more processes send; then the broker must have all that they sent. */
export function sendTrial(
  client: Client,
  { stage, signal }: TrialOptions,
  { processes = 1, command = client.send.command, ...conditions }:
    & Conditions
    & { processes?: number; command?: (job: Job) => Command },
): Trial {
  const each = countFor(client.send, conditions.count / processes);
  const count = each * processes;
  const run = async () => {
    const { url } = stage;
    const file = await stage.lines(each, conditions.size);
    const queue = await stage.freshQueue(conditions.queue);
    const job = { url, queue, type: conditions.queue, count: each, file };
    const runs = await Promise.all(
      Array.from(
        { length: processes },
        () => measure(command(job), { cwd: ROOT, signal, watchesMemory: processes === 1 }),
      ),
    );
    const lost = await stage.holds(count, client.send);
    return { seconds: duration(runs), rss: runs[0]?.rss, lost };
  };
  return { ...conditions, client: client.name, action: "send", processes, count, run };
}

/** A process receives what is in the queue; then the broker must have nothing left. */
export function receiveTrial(
  client: Client,
  { stage, signal }: TrialOptions,
  { command = client.receive.command, ...conditions }:
    & Conditions
    & { command?: (job: Job) => Command },
): Trial {
  const way = client.receive;
  const count = countFor(way, conditions.count);
  const run = async () => {
    const { url } = stage;
    const file = await stage.lines(count, conditions.size);
    const queue = await stage.freshQueue(conditions.queue);
    const job = { url, queue, type: conditions.queue, count, file };
    await measure(ourClient.send.command(job), { cwd: ROOT, signal });
    await stage.holds(count);
    const reader = await openReader(stage.dir);
    try {
      const options = { cwd: ROOT, signal, stdout: reader.path, watchesMemory: true };
      const { start, end, rss } = await measure(command(job), options);
      const { lines, bytes } = await reader.counted;
      const isAll = way.prints === "bytes" ? bytes === count * conditions.size : lines === count;
      if (!isAll) throw new Error(`${lines} lines were printed (${bytes} bytes), not ${count}`);
      await stage.holds(0);
      return { seconds: (end - start) / 1_000, rss };
    } finally {
      await reader.close();
    }
  };
  return { ...conditions, client: client.name, action: "receive", processes: 1, count, run };
}

/** A process sends one message; then the broker must have it. */
export function startTrial(
  client: Client,
  { setting, command }: Start,
  { stage, signal }: TrialOptions,
  conditions: Omit<Conditions, "count" | "setting">,
): Trial {
  const run = async () => {
    const { url } = stage;
    const queue = await stage.freshQueue(conditions.queue);
    const job = { url, queue, type: conditions.queue, count: 1, file: "" };
    const measured = await measure(command(job), { cwd: ROOT, signal });
    await stage.holds(1);
    return { seconds: duration([measured]) };
  };
  const { name } = client;
  return { ...conditions, client: name, action: "send", processes: 1, count: 1, setting, run };
}

function countFor({ share = 1 }: Way, count: number): number {
  return Math.max(Math.round(count * share), 1);
}

/** From the first start to the last end, in s. */
function duration(runs: { start: number; end: number }[]): number {
  const start = Math.min(...runs.map((run) => run.start));
  return (Math.max(...runs.map(({ end }) => end)) - start) / 1_000;
}
