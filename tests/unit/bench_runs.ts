/** Runs of a bench that never was. */
import type { Results, Run } from "../../bench/results.ts";

/** One run of 1,000 messages in a second; what differs is given. */
export function run(differs: Partial<Run> = {}): Run {
  return {
    scenario: "send",
    action: "send",
    client: "amqp-tasks",
    queue: "quorum",
    size: 16,
    count: 1_000,
    processes: 1,
    round: 1,
    seconds: 1,
    ...differs,
  };
}

/** Results with these runs. */
export function resultsOf(runs: Run[], differs: Partial<Results> = {}): Results {
  return {
    isQuick: false,
    machine: { processor: "Abacus", cores: 2, memory: 8 * 2 ** 30, system: "Debian" },
    versions: { RabbitMQ: "3.10.8" },
    missing: [],
    measured: { send: "2026-11-24T10:00:00.000Z" },
    runs,
    ...differs,
  };
}
