/** What is measured, how often, and with how many messages. */

/** The parts of the bench, in the order in which they run. */
export const SCENARIOS = ["send", "receive", "start", "growth", "sweep", "ceiling"] as const;
/** One of {@linkcode SCENARIOS}. */
export type Scenario = typeof SCENARIOS[number];

/** The types of queue that are measured. */
export type QueueType = "quorum" | "classic";

/** Messages of one size, in a queue of one type. */
export interface Load {
  queue: QueueType;
  /** Of each payload, in bytes. */
  size: number;
  /** How many messages a fast client sends, or receives: some three seconds' worth. */
  send: number;
  receive: number;
  /** In each round, every client has one run. */
  rounds: number;
}

/** How large a bench is. */
export interface Plan {
  /** The first of them is what the charts and the requirements are about. */
  loads: [Load, ...Load[]];
  /** Rounds of one-shot sends. */
  starts: number;
  /** Numbers of messages that show whether rate and memory stay. */
  growth: number[];
  /** Rounds of all but the largest of them. */
  growthRounds: number;
  prefetches: number[];
  /** `undefined`: the one that follows the broker. */
  windows: (number | undefined)[];
  sweepRounds: number;
  /** How many senders send to one queue at once. */
  senders: number[];
  ceilingRounds: number;
  /** After how long no further round of a scenario begins, in ms. */
  budget: Record<Scenario, number>;
}

const MINUTE = 60_000;

/** The plan of the report that is published; 25 minutes at most on a machine with two cores. */
export const FULL: Plan = {
  // A classic queue confirms at the pace of the disk.
  loads: [
    { queue: "quorum", size: 16, send: 150_000, receive: 200_000, rounds: 5 },
    { queue: "quorum", size: 1_024, send: 60_000, receive: 80_000, rounds: 3 },
    { queue: "quorum", size: 65_536, send: 4_000, receive: 4_000, rounds: 3 },
    { queue: "classic", size: 16, send: 30_000, receive: 60_000, rounds: 3 },
    { queue: "classic", size: 1_024, send: 20_000, receive: 40_000, rounds: 3 },
    { queue: "classic", size: 65_536, send: 3_000, receive: 3_000, rounds: 3 },
  ],
  starts: 20,
  growth: [1_000, 10_000, 100_000, 1_000_000],
  growthRounds: 3,
  prefetches: [10, 30, 100, 200, 500, 1_000, 3_000],
  windows: [undefined, 10, 30, 100, 200, 500, 1_000, 3_000],
  sweepRounds: 2,
  senders: [1, 2, 3, 4],
  ceilingRounds: 3,
  budget: {
    send: 6.5 * MINUTE,
    receive: 9.5 * MINUTE,
    start: 0.5 * MINUTE,
    growth: 2.5 * MINUTE,
    sweep: 2 * MINUTE,
    ceiling: 2.5 * MINUTE,
  },
};

/** A plan for a look, in three minutes at most. */
export const QUICK: Plan = {
  loads: [{ queue: "quorum", size: 16, send: 40_000, receive: 60_000, rounds: 3 }],
  starts: 7,
  growth: [1_000, 10_000, 100_000],
  growthRounds: 1,
  prefetches: [30, 300, 1_000],
  windows: [undefined, 30, 200, 1_000],
  sweepRounds: 1,
  senders: [1, 2, 3],
  ceilingRounds: 1,
  budget: {
    send: 40_000,
    receive: 40_000,
    start: 10_000,
    growth: 20_000,
    sweep: 20_000,
    ceiling: 20_000,
  },
};

/** The same plan with other numbers: `messages` is how many a fast client sends of the first load. */
export function scale(
  plan: Plan,
  { messages, rounds }: { messages?: number | undefined; rounds?: number | undefined },
): Plan {
  const factor = messages === undefined ? 1 : messages / plan.loads[0].send;
  const times = (count: number) => Math.max(Math.round(count * factor), 1);
  const scaleLoad = (load: Load) => ({
    ...load,
    send: times(load.send),
    receive: times(load.receive),
    rounds: rounds ?? load.rounds,
  });
  const [first, ...others] = plan.loads;
  return {
    ...plan,
    loads: [scaleLoad(first), ...others.map(scaleLoad)],
    growth: plan.growth.map(times),
    starts: rounds ?? plan.starts,
    growthRounds: rounds ?? plan.growthRounds,
    sweepRounds: rounds ?? plan.sweepRounds,
    ceilingRounds: rounds ?? plan.ceilingRounds,
  };
}
