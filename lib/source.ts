/** Takes items out of an iterable without waiting: for a loop that has other things to wait for. */
export class Source<T> {
  readonly #iterator: Iterator<T> | AsyncIterator<T>;
  readonly #onReady: () => void;
  #isAsked = false;
  #arrived: IteratorResult<T> | undefined;
  #failure: { error: unknown } | undefined;

  /** `onReady` is called when there is an item to take, or will never be one again. */
  constructor(items: Iterable<T> | AsyncIterable<T>, onReady: () => void) {
    this.#iterator = Symbol.asyncIterator in items
      ? items[Symbol.asyncIterator]()
      : items[Symbol.iterator]();
    this.#onReady = onReady;
  }

  /** Whether all items were taken, or the iterable failed. */
  get isDry(): boolean {
    return this.#arrived?.done === true || this.#failure !== undefined;
  }

  /** The next item if there is one; else `undefined`, and `onReady` will be called. */
  take(): T | undefined {
    if (this.isDry) return undefined;
    const arrived = this.#arrived;
    if (arrived || !this.#isAsked) this.#ask();
    return arrived?.done ? undefined : arrived?.value;
  }

  /** What the iterable threw, if it did. */
  get failure(): { error: unknown } | undefined {
    return this.#failure;
  }

  /** Lets the iterable clean up. */
  close(): void {
    Promise.try(() => this.#iterator.return?.()).catch(() => {});
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
