/** What was measured, as it is kept in a file, and how it is looked up. */
import type { QueueType, Scenario } from "./plan.ts";
import { median, range } from "./statistics.ts";

/** What is measured: runs of the same case are one number in the report. */
export interface Case {
  scenario: Scenario;
  action: "send" | "receive";
  /** The name of the client. */
  client: string;
  queue: QueueType;
  /** Of each payload, in bytes. */
  size: number;
  /** How many messages; of several processes, all of them together. */
  count: number;
  /** How many processes at once. */
  processes: number;
  /** What is set otherwise than by default, as "prefetch 100"; or how a program is started. */
  setting?: string | undefined;
}

/** One run. */
export interface Run extends Case {
  round: number;
  /** From the start of the process to its end, by a monotonic clock. */
  seconds: number;
  /** The most memory that the process had (VmHWM), in bytes; unknown where it was not looked at. */
  rss?: number | undefined;
  /** How many messages the broker did not get, although the client ended well. */
  lost?: number | undefined;
  /** Why it does not count. */
  trouble?: string | undefined;
}

/** A client that could not be had. */
export interface Missing {
  client: string;
  reason: string;
}

/** What is known of the machine. */
export interface Machine {
  processor: string;
  cores: number;
  /** In bytes. */
  memory: number;
  system: string;
}

/** All that the report is made from. */
export interface Results {
  /** Whether it is only a look: by `--quick`, `--messages` or `--rounds`. */
  isQuick: boolean;
  machine: Machine;
  /** What of, and which, in the order of the report. */
  versions: Record<string, string>;
  missing: Missing[];
  /** When each scenario was measured (ISO 8601). */
  measured: Partial<Record<Scenario, string>>;
  runs: Run[];
}

/** The good runs of a case, as the report has them. */
export interface Summary extends Case {
  /** How many runs. */
  runs: number;
  /** The median, in s. */
  seconds: number;
  /** Messages a second: the median, the lowest and the highest. */
  rate: number;
  least: number;
  most: number;
  /** The median, in bytes; `NaN` where it was not looked at. */
  rss: number;
  /** How many messages the broker did not get, of each run in which there were any. */
  losses: number[];
  /** Of the runs that do not count. */
  troubles: string[];
}

/** Puts the runs of each case together, in the order in which they first ran. */
export function summarize(runs: Run[]): Summary[] {
  return [...Map.groupBy(runs, keyOf).values()].map((group) => {
    const { round: _round, rss: _rss, lost: _lost, trouble: _trouble, ...first } = group[0] as Run;
    const good = group.filter(({ trouble }) => trouble === undefined);
    const rates = good.map(({ count, seconds }) => count / seconds);
    return {
      ...first,
      runs: good.length,
      seconds: median(good.map(({ seconds }) => seconds)),
      rate: median(rates),
      ...range(rates),
      rss: median(good.flatMap(({ rss }) => rss ?? [])),
      losses: good.flatMap(({ lost = 0 }) => lost > 0 ? lost : []),
      troubles: group.flatMap(({ trouble }) => trouble ?? []),
    };
  });
}

/** Keeps the runs of scenarios that were not measured again. */
export function merge(old: Results | undefined, fresh: Results): Results {
  if (!old || old.isQuick !== fresh.isQuick) return fresh;
  const kept = old.runs.filter(({ scenario }) => fresh.measured[scenario] === undefined);
  return {
    ...fresh,
    measured: { ...old.measured, ...fresh.measured },
    runs: [...kept, ...fresh.runs],
  };
}

/** Reads results; `undefined` if there are none. */
export async function readResults(file: string): Promise<Results | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(file)) as Results;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function keyOf({ scenario, action, client, queue, size, count, processes, setting }: Run): string {
  return JSON.stringify([scenario, action, client, queue, size, count, processes, setting]);
}
