import { screenSize } from "./screen.ts";
import { formatNumber, showLiveLine } from "./terminal.ts";

/** Work that takes no longer than this, in ms, needs no live line. */
const QUIET = 1_000;
/** How often the line is written anew, in ms. */
const PERIOD = 250;
/** The rate is that of the last so many ms, so that one sees when it changes. */
const RATE_OF = 3_000;

/** How far some work is. */
export interface Standing {
  /** How many messages are done. */
  count: number;
  /** What they are, such as `sent`. */
  done: string;
  /** What else there is to say, such as `1,000 unconfirmed`. */
  more?: string;
}

/** When a count was what. */
interface Sample {
  count: number;
  at: number;
}

/**
 * Shows how far long work is: after a second a live line on standard error, which is rewritten in place,
 * if that is a terminal. Dispose of it to clear the line.
 *
 * Messages that go to standard output and show up on the same terminal are not its concern: there
 * should be no live line beside them.
 */
export class Progress implements Disposable {
  readonly #standing: () => Standing;
  readonly #isShown: boolean;
  readonly #started = performance.now();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #samples: Sample[] = [];

  /** Takes what tells how far the work is. With `quiet` nothing is shown. */
  constructor(standing: () => Standing, { quiet = false }: { quiet?: boolean | undefined } = {}) {
    this.#standing = standing;
    this.#isShown = !quiet && Deno.stderr.isTerminal();
    if (this.#isShown) this.#timer = setInterval(() => this.#show(), PERIOD);
  }

  /**
   * How long it took, and the rate: ` in 4.2 s (23,810/s)`. Empty if it took less than a second.
   */
  get summary(): string {
    const elapsed = performance.now() - this.#started;
    if (elapsed < QUIET) return "";
    return describeTime(this.#standing().count, elapsed);
  }

  #show(): void {
    const now = performance.now();
    const standing = this.#standing();
    const [oldest] = this.#samples;
    this.#samples = this.#samples.filter(({ at }) => now - at < RATE_OF);
    this.#samples.push({ count: standing.count, at: now });
    if (!oldest || now - this.#started < QUIET) return;
    const rate = (standing.count - oldest.count) / (now - oldest.at) * 1_000;
    showLiveLine(describeStanding(standing, rate, screenSize().columns));
  }

  [Symbol.dispose](): void {
    if (this.#timer !== undefined) clearInterval(this.#timer);
    if (this.#isShown) showLiveLine("");
  }
}

/** The live line, cut so that it stays one line on a terminal of that width. */
export function describeStanding(
  { count, done, more }: Standing,
  rate: number,
  width: number,
): string {
  const parts = [
    `${formatNumber(count)} ${done}`,
    `${formatNumber(rate)}/s`,
    ...(more ? [more] : []),
  ];
  return ` [*] ${parts.join(", ")}`.slice(0, Math.max(width - 1, 0));
}

/** What the summary of long work adds; `elapsed` is in ms. One a second or more is called a rate. */
export function describeTime(count: number, elapsed: number): string {
  const seconds = elapsed / 1_000;
  const rate = count / seconds;
  return ` in ${seconds.toFixed(1)} s${rate < 1 ? "" : ` (${formatNumber(rate)}/s)`}`;
}
