/** How many there is room for at first; a power of 2. */
const ROOM = 1_024;

/**
 * What waits for confirmation, in the order in which it was sent, numbered from 1 on: as the broker
 * numbers what is published on a channel (https://www.rabbitmq.com/docs/confirms).
 *
 * It is a ring, and not a `Map`, whose discarded tables would keep what is long confirmed in memory
 * until the next full garbage collection. It is as long as the way from the oldest to the newest.
 */
export class Unconfirmed<T extends object> {
  #ring: (T | undefined)[] = Array(ROOM).fill(undefined);
  #oldest = 1;
  #next = 1;
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** How many numbers there are from the oldest to the newest: what it takes in memory. */
  get span(): number {
    return this.#next - this.#oldest;
  }

  /** The number of the newest, whether it is still there or not; 0: there was none yet. */
  get last(): number {
    return this.#next - 1;
  }

  /** The one that has waited longest. */
  get oldest(): T | undefined {
    return this.#ring[this.#at(this.#oldest)];
  }

  /** Adds what was sent next, and gives it its number. */
  add(item: T): number {
    if (this.#next - this.#oldest === this.#ring.length) this.#grow();
    this.#ring[this.#at(this.#next)] = item;
    this.#size++;
    return this.#next++;
  }

  /** Takes out the one with a number, if it is still there. */
  take(number: number): T | undefined {
    if (number < this.#oldest || number >= this.#next) return undefined;
    const at = this.#at(number);
    const item = this.#ring[at];
    if (item) {
      this.#ring[at] = undefined;
      this.#size--;
      while (this.#oldest < this.#next && !this.oldest) this.#oldest++;
    }
    return item;
  }

  /** Takes out, in order, all with a number up to the given one. */
  *takeUpTo(last: number): Generator<T> {
    while (this.#oldest <= last && this.#oldest < this.#next) {
      const item = this.take(this.#oldest);
      if (item) yield item;
    }
  }

  /** All that are there, in order. */
  *[Symbol.iterator](): Generator<T> {
    for (let number = this.#oldest; number < this.#next; number++) {
      const item = this.#ring[this.#at(number)];
      if (item) yield item;
    }
  }

  #at(number: number): number {
    return number & (this.#ring.length - 1);
  }

  #grow(): void {
    const all = this.#ring;
    this.#ring = Array(2 * all.length).fill(undefined);
    for (let number = this.#oldest; number < this.#next; number++) {
      this.#ring[this.#at(number)] = all[number & (all.length - 1)];
    }
  }
}
