/**
 * Takes items out of an iterable without waiting: for a loop that has other things to wait for. What
 * the iterable gives may also be iterables of items, which are then taken one after the other, at
 * once: an item that has to be waited for costs much more.
 */
export class Source<T> {
  readonly #iterator: Iterator<T | Iterable<T>> | AsyncIterator<T | Iterable<T>>;
  readonly #onReady: () => void;
  #isAsked = false;
  #arrived: IteratorResult<T | Iterable<T>> | undefined;
  #batch: Iterator<T> | undefined;
  #failure: { error: unknown } | undefined;

  /** `onReady` is called when there is an item to take, or will never be one again. */
  constructor(
    items: Iterable<T | Iterable<T>> | AsyncIterable<T | Iterable<T>>,
    onReady: () => void,
  ) {
    this.#iterator = Symbol.asyncIterator in items
      ? items[Symbol.asyncIterator]()
      : items[Symbol.iterator]();
    this.#onReady = onReady;
  }

  /** Whether all items were taken, or the iterable failed. */
  get isDry(): boolean {
    return !this.#batch && (this.#failure !== undefined || this.#arrived?.done === true);
  }

  /** The next item if there is one; else `undefined`, and `onReady` will be called. */
  take(): T | undefined {
    for (;;) {
      if (this.#batch) {
        const item = this.#takeOfBatch(this.#batch);
        if (item !== undefined) return item;
      }
      if (this.isDry) return undefined;
      const arrived = this.#arrived;
      if (arrived || !this.#isAsked) this.#ask();
      if (!arrived || arrived.done) return undefined;
      if (!isBatch(arrived.value)) return arrived.value;
      this.#batch = arrived.value[Symbol.iterator]();
    }
  }

  /** What the iterable threw, if it did. */
  get failure(): { error: unknown } | undefined {
    // What is left of a batch comes first.
    return this.#batch ? undefined : this.#failure;
  }

  /** Lets the iterable clean up. */
  close(): void {
    for (const iterator of [this.#batch, this.#iterator]) {
      Promise.try(() => iterator?.return?.()).catch(() => {});
    }
  }

  #takeOfBatch(batch: Iterator<T>): T | undefined {
    try {
      const { done, value } = batch.next();
      if (!done) return value;
    } catch (error) {
      this.#failure = { error };
      this.#onReady();
    }
    this.#batch = undefined;
    return undefined;
  }

  async #ask(): Promise<void> {
    this.#isAsked = true;
    this.#arrived = undefined;
    try {
      this.#arrived = await this.#iterator.next();
    } catch (error) {
      this.#failure = { error };
    }
    this.#onReady();
  }
}

function isBatch<T>(item: T | Iterable<T>): item is Iterable<T> {
  return typeof item === "object" && item !== null && Symbol.iterator in item;
}
