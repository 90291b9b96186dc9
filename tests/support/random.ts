/** Numbers that look random and come again with the same seed, for tests that generate their cases. */

/**
 * The seed of this run: AMQP_TEST_SEED, a whole number or `random`; without it always the same, so that
 * a run that fails fails again. It is printed.
 */
export function testSeed(): number {
  const set = Deno.env.get("AMQP_TEST_SEED") ?? "1";
  const seed = set === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(set);
  if (!Number.isSafeInteger(seed)) throw new Error(`AMQP_TEST_SEED=${set} is no whole number`);
  // deno-lint-ignore no-console -- how a failure is repeated
  console.log(`AMQP_TEST_SEED=${seed}`);
  return seed;
}

/** A source of random choices. */
export class Random {
  #state: number;

  /** Takes a seed, and which of many sequences with it. */
  constructor(seed: number, sequence = 0) {
    // 0 would stay 0, and neighbours be alike at first.
    this.#state = (seed ^ Math.imul(sequence + 1, 0x9e3779b1)) || 1;
    for (let time = 0; time < 8; time++) this.#next();
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  /** Whether something happens that has this chance, from 0 to 1. */
  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  /** One of several. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** So many bytes. */
  bytes(count: number): number[] {
    return Array.from({ length: count }, () => this.below(256));
  }

  /** From 0 to 1: xorshift, with the shifts 13, 17 and 5 (G. Marsaglia, Xorshift RNGs, 2003). */
  #next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) / 2 ** 32;
  }
}
