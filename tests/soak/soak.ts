/** A soak: messages flow through a cluster while faults come, and none may be lost. */
import { until } from "../support/processes.ts";
import { receivedOf } from "../support/tally.ts";
import { commit } from "./faults.ts";
import { Ledger, type Outcome } from "./ledger.ts";
import { type Fault, planFaults } from "./plan.ts";
import { setStage, type Stage } from "./stage.ts";

/** How long messages may take to flow again after a fault, in ms. */
const RECOVERY = 180_000;

/** How large a soak is, and what it tells. */
export interface SoakOptions {
  /** Which faults come, and in which order. */
  seed: number;
  faults: number;
  /** It goes on until so many were confirmed. */
  messages: number;
  senders: number;
  receivers: number;
  /** Messages a second, of all senders together. */
  rate: number;
  /** Gives it up. */
  signal?: AbortSignal | undefined;
  /** Takes a line for the person who waits. */
  log: (line: string) => void;
}

/** What came of one fault. */
export interface FaultRecord extends Fault {
  /** When it began, in ms from the first message on. */
  at: number;
  /** The longest time without any message, in ms, until each sender's messages flowed again. */
  gap: number;
}

/** What came of a soak. */
export interface SoakResult {
  outcome: Outcome;
  faults: FaultRecord[];
  /** How long messages flowed, in ms. */
  duration: number;
  /** The longest time without any message, in ms. */
  longestGap: number;
  /** What ended as it should not. */
  troubles: string[];
}

/** Runs a soak (some 30 s for the cluster, then some 15 s a fault). */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { seed, signal, log } = options;
  const ledger = new Ledger();
  const troubles: string[] = [];
  const onTrouble = (what: string) => troubles.push(what);
  log("Starting three nodes …");
  await using stage = await setStage({ ...options, ledger, onTrouble });
  await untilAllFlow(stage, ledger);
  ledger.takeLongestGap();
  const start = performance.now();
  const now = () => performance.now() - start;

  const faults: FaultRecord[] = [];
  const disturb = async () => {
    for (const fault of planFaults(seed, options.faults)) {
      signal?.throwIfAborted();
      const at = now();
      const count = `${faults.length + 1} of ${options.faults}`;
      log(`${count}: ${fault.kind} (${ledger.count} messages confirmed)`);
      await commit(fault, stage);
      await untilAllFlow(stage, ledger);
      faults.push({ ...fault, at, gap: ledger.takeLongestGap() });
    }
    const rest = Math.max(options.messages - ledger.count, 0);
    await until(() => {
      signal?.throwIfAborted();
      return Promise.resolve(ledger.count >= options.messages);
    }, { what: "enough were confirmed", timeout: RECOVERY + rest / options.rate * 2_000 });
  };
  // What is known by then is told in any case.
  await disturb().catch((error) => onTrouble(signal?.aborted ? "stopped" : `${error}`));
  const longestGap = Math.max(ledger.takeLongestGap(), ...faults.map(({ gap }) => gap));
  const duration = now();

  log("Waiting for the last messages …");
  await Promise.all(stage.senders.map((post) => post.close()));
  // What is missing at last is lost, and the books will show it.
  const haveAllCome = () => Promise.resolve(ledger.isComplete);
  await until(haveAllCome, { what: "all came", timeout: 30_000 }).catch(() => {});
  await Promise.all(stage.receivers.map((post) => post.close()));
  const isLeft = async () => {
    ledger.received((await stage.queue.takeAll()).map(receivedOf));
    return ledger.isComplete;
  };
  await until(isLeft, { what: "the rest is in the queue" }).catch(() => {});
  return { outcome: ledger.balance(), faults, duration, longestGap, troubles };
}

/** Waits until messages of each sender have come that it got from now on, and by each receiver. */
async function untilAllFlow({ senders, receivers }: Stage, ledger: Ledger): Promise<void> {
  const marks = [...senders, ...receivers].map((post) => post.count);
  const flows = () => {
    const come = senders.every(({ number }, index) => ledger.hasReached(number, marks[index] ?? 0));
    const taken = receivers.every(({ count }, index) =>
      count > (marks[senders.length + index] ?? 0)
    );
    return Promise.resolve(come && taken);
  };
  await until(flows, {
    what: "each sender's messages flow, and by each receiver",
    timeout: RECOVERY,
  });
}
