/** Runs the scenarios, one trial at a time, and writes down what came of each. */
import { describeMachine } from "./machine.ts";
import { type Plan, scale, type Scenario } from "./plan.ts";
import type { Results, Run } from "./results.ts";
import { type Part, planScenario } from "./scenarios.ts";
import { setStage, type Stage } from "./stage.ts";
import { speed } from "./tables.ts";
import type { Trial } from "./trial.ts";

/** The scenarios in which every client takes part. */
const EVERY_CLIENT: Scenario[] = ["send", "receive", "start"];

/** How {@linkcode bench} runs. */
export interface BenchOptions {
  plan: Plan;
  scenarios: Scenario[];
  isQuick: boolean;
  /** Gives it up, and ends what was started. */
  signal: AbortSignal;
  /** Takes a line for the person who waits. */
  log: (line: string) => void;
}

/** Measures the scenarios, and ends all that it has started. */
export async function bench(options: BenchOptions): Promise<Results> {
  const { plan, scenarios, isQuick, signal, log } = options;
  await using stage = await setStage({ log, signal });
  const { missing, versions } = stage;
  await warmUp(options, stage);
  const measured: Results["measured"] = {};
  const runs: Run[] = [];
  for (const scenario of scenarios) {
    const parts = planScenario(scenario, plan, { stage, signal });
    measured[scenario] = new Date().toISOString();
    runs.push(...await runParts(parts, { ...options, budget: plan.budget[scenario] }));
  }
  const machine = await describeMachine();
  return { isQuick, machine, versions, missing, measured, runs };
}

/**
 * Runs each client once: the first time, ours is bundled, packages are fetched and files are read
 * from the disk.
 */
async function warmUp({ plan, scenarios, signal, log }: BenchOptions, stage: Stage): Promise<void> {
  log("Warming up …");
  const small = scale(plan, { messages: 100 });
  // The others run what these run, of ours.
  const planned = scenarios.filter((scenario) => EVERY_CLIENT.includes(scenario));
  for (const scenario of planned.length ? planned : EVERY_CLIENT) {
    const [part] = planScenario(scenario, small, { stage, signal });
    // What does not work will be told when it counts.
    for (const trial of part?.trials ?? []) await runTrial(trial, 0, signal);
  }
}

/** Each part has its share of what is left of the budget, and one round in any case. */
async function runParts(
  parts: Part[],
  options: BenchOptions & { budget: number },
): Promise<Run[]> {
  const runs: Run[] = [];
  const start = performance.now();
  for (const [index, part] of parts.entries()) {
    const left = options.budget - (performance.now() - start);
    const [own = 1, ...others] = parts.slice(index).map(({ weight = 1 }) => weight);
    const share = own / others.reduce((sum, weight) => sum + weight, own);
    const until = performance.now() + left * share;
    runs.push(...await runPart(part, { ...options, until }));
  }
  return runs;
}

async function runPart(
  { trials, rounds }: Part,
  { signal, log, until }: BenchOptions & { until: number },
): Promise<Run[]> {
  const runs: Run[] = [];
  for (let round = 1, lasted = 0; round <= rounds; round++) {
    const begun = performance.now();
    if (round > 1 && begun + lasted > until) {
      log(`No time for more than ${round - 1} of ${rounds} rounds`);
      break;
    }
    // Each is first in turn: what comes before a run must not favour anybody.
    const first = (round - 1) % Math.max(trials.length, 1);
    for (const trial of [...trials.slice(first), ...trials.slice(0, first)]) {
      const run = await runTrial(trial, round, signal);
      runs.push(run);
      log(`${round} of ${rounds}: ${describe(run)}`);
    }
    lasted = performance.now() - begun;
  }
  return runs;
}

async function runTrial(trial: Trial, round: number, signal: AbortSignal): Promise<Run> {
  const { run, ...what } = trial;
  try {
    return { ...what, round, ...await run() };
  } catch (error) {
    signal.throwIfAborted();
    const trouble = error instanceof Error ? error.message : String(error);
    return { ...what, round, seconds: NaN, trouble };
  }
}

function describe(run: Run): string {
  const { scenario, client, action, queue, size, count, processes, setting, lost, trouble } = run;
  const name = processes > 1 ? `${processes} × ${client}` : client;
  const what = [action, queue, `${size} B`, `${count}`, ...(setting ? [setting] : [])].join(", ");
  const loss = lost ? `, ${lost} LOST` : "";
  const how = scenario === "start" ? `${(run.seconds * 1_000).toFixed(0)} ms` : speed(run);
  return `${scenario}: ${name} (${what}): ${
    trouble === undefined ? how + loss : `FAILED: ${trouble}`
  }`;
}
