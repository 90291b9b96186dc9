import { abortable } from "./abortable.ts";

/** The first pause and the longest one, in ms. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;

/** Pauses between attempts: each twice as long as the last, up to 10 s, and less a random part. */
export class Backoff {
  #pause = FIRST_PAUSE;
  #deadline: number;

  /** Takes how long to keep trying, in ms. */
  constructor(patience: number | "forever") {
    this.#deadline = deadlineAfter(patience);
  }

  /** Whether the time for trying is over. */
  get isOver(): boolean {
    return performance.now() >= this.#deadline;
  }

  /** Begins anew: short pauses, and the whole of the time. */
  restart(patience: number | "forever"): void {
    this.#pause = FIRST_PAUSE;
    this.#deadline = deadlineAfter(patience);
  }

  /** How long to pause before the next attempt, in ms. Each call stands for one attempt. */
  next(): number {
    // The last attempt is not before the time is over, or it would be given up early.
    const left = Math.max(this.#deadline - performance.now(), FIRST_PAUSE);
    // The random part keeps many clients from coming back at once.
    const pause = Math.min(this.#pause * (0.5 + Math.random() / 2), left);
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
    return pause;
  }

  /**
   * Pauses before the next attempt.
   *
   * @throws The reason of `signal` if it is or gets aborted.
   */
  async pause(signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.next());
    try {
      await abortable(promise, signal);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** By `performance.now()`, which no change of the clock moves. */
function deadlineAfter(patience: number | "forever"): number {
  return patience === "forever" ? Infinity : performance.now() + patience;
}
