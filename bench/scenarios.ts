/** Which trials make up a scenario, and how often they run. */
import type { Client } from "./clients.ts";
import { ourClient, OURS, runTask, runWindow } from "./ours.ts";
import type { Plan, QueueType, Scenario } from "./plan.ts";
import { receiveTrial, sendTrial, startTrial, type Trial, type TrialOptions } from "./trial.ts";

/** Trials that take turns, for so many rounds. */
export interface Part {
  trials: Trial[];
  rounds: number;
  /** Its share of the time, beside those of the others. @default 1 */
  weight?: number;
}

/** Plans a scenario; the parts run one after the other. */
export function planScenario(scenario: Scenario, plan: Plan, options: TrialOptions): Part[] {
  return PLANS[scenario](plan, options);
}

const PLANS: Record<Scenario, (plan: Plan, options: TrialOptions) => Part[]> = {
  send: (plan, options) => bulk("send", plan, options),
  receive: (plan, options) => bulk("receive", plan, options),
  start: (plan, options) => {
    const conditions = { scenario: "start" as const, ...headline(plan) };
    const trials = options.stage.clients.flatMap((client) =>
      client.starts.map((start) => startTrial(client, start, options, conditions))
    );
    return [{ trials, rounds: plan.starts }];
  },
  growth: (plan, options) =>
    plan.growth.map((count, index) => {
      const conditions = { scenario: "growth" as const, ...headline(plan), count };
      const isLargest = plan.growth.length > 1 && index === plan.growth.length - 1;
      return {
        trials: [
          sendTrial(ourClient, options, conditions),
          receiveTrial(ourClient, options, conditions),
        ],
        rounds: isLargest ? 1 : plan.growthRounds,
      };
    }),
  sweep: (plan, options) => {
    const conditions = { scenario: "sweep" as const, ...headline(plan) };
    const [{ send, receive }] = plan.loads;
    const windows = plan.windows.map((window) =>
      sendTrial(ourClient, options, {
        ...conditions,
        count: send / 2,
        setting: window === undefined ? "window that follows the broker" : `window ${window}`,
        command: (job) => runWindow(job, window),
      })
    );
    const prefetches = plan.prefetches.map((prefetch) => {
      const args = ["--set", `receive.prefetch=${prefetch}`];
      return receiveTrial(ourClient, options, {
        ...conditions,
        count: receive / 2,
        setting: `prefetch ${prefetch}`,
        command: (job) => runTask("receive", job, "--count", `${job.count}`, ...args),
      });
    });
    return [windows, prefetches].map((trials) => ({ trials, rounds: plan.sweepRounds }));
  },
  ceiling: (plan, options) => {
    const [{ send: count }] = plan.loads;
    const conditions = { scenario: "ceiling" as const, ...headline(plan), count };
    // Ours, and the fastest of those that confirm.
    const isFast = ({ name }: Client) => [OURS, "amqplib"].includes(name);
    const trials = plan.senders.flatMap((processes) =>
      options.stage.clients.filter(isFast).map((client) =>
        sendTrial(client, options, { ...conditions, processes })
      )
    );
    return [{ trials, rounds: plan.ceilingRounds }];
  },
};

/** Every client with every load; those with the same one take turns. */
function bulk(action: "send" | "receive", { loads }: Plan, options: TrialOptions): Part[] {
  const trial = action === "send" ? sendTrial : receiveTrial;
  return loads.map(({ queue, size, [action]: count, rounds }, index) => {
    const clients = options.stage.clients.filter((client) =>
      size <= (client[action].largest ?? Infinity)
    );
    const conditions = { scenario: action, queue, size, count };
    const trials = clients.map((client) => trial(client, options, conditions));
    // Most of the report is about the first.
    return { trials, rounds, weight: index === 0 ? 4 : 1 };
  });
}

/** What the charts and the requirements are about. */
function headline({ loads: [{ queue, size }] }: Plan): { queue: QueueType; size: number } {
  return { queue, size };
}
