/** Which faults come, and in which order: all of it from a seed. */

/** Every kind of fault, in the words of the report. */
export const FAULT_KINDS = [
  "kill a node",
  "kill the queue's leader",
  "kill two nodes",
  "stop a node in good order",
  "freeze a node",
  "freeze the queue's leader",
  "close all connections",
  "memory alarm",
  "reset connections",
  "cut a frame to the broker",
  "cut a frame to the clients",
  "blackhole",
  "slow network",
  "one byte at a time",
  "kill a sender",
  "kill a receiver",
  "terminate a sender",
  "terminate a receiver",
  "freeze a sender",
  "freeze a receiver",
] as const;

/** One of {@linkcode FAULT_KINDS}. */
export type FaultKind = typeof FAULT_KINDS[number];

/** A fault that is to come. */
export interface Fault {
  kind: FaultKind;
  /** Which node, sender or receiver: a number from 0 to 1, as of `Math.random()`. */
  target: number;
  /** How long it lasts, in ms, if it is of a kind that lasts. */
  duration: number;
}

/** How long a fault lasts, in ms. */
const SHORTEST = 2_000;
const LONGEST = 15_000;

/** Plans faults: each kind comes once before any comes again. The same seed gives the same plan. */
export function planFaults(seed: number, count: number): Fault[] {
  const random = randomNumbers(seed);
  const plan: Fault[] = [];
  let deck: FaultKind[] = [];
  while (plan.length < count) {
    if (deck.length === 0) deck = [...FAULT_KINDS];
    const [kind = "kill a node"] = deck.splice(Math.floor(random() * deck.length), 1);
    const duration = Math.round(SHORTEST + random() * (LONGEST - SHORTEST));
    plan.push({ kind, target: random(), duration });
  }
  return plan;
}

/** Numbers from 0 up to 1, always the same for a seed: a linear congruential generator. */
function randomNumbers(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 33n) / 2 ** 31;
  };
}
