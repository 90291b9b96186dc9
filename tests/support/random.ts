/** Numbers that look random and come again with the same seed, for tests that generate their cases. */

/** The seed of this run: AMQP_TEST_SEED, or another one each time. It is printed, to be set again. */
export function testSeed(): number {
  const set = Deno.env.get("AMQP_TEST_SEED");
  const seed = set === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(set);
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
    this.#state = (seed + Math.imul(sequence, 0x9e3779b1)) >>> 0;
    this.#next();
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

  /** mulberry32, by Tommy Ettinger (public domain). */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
