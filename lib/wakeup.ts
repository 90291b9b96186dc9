/** Lets one loop wait for whatever happens next. A call that comes before the wait is not lost. */
export class Wakeup {
  #called = false;
  #resolve: (() => void) | undefined;

  /** Ends the wait under way, or the next one. Can be passed on as a callback. */
  readonly call = (): void => {
    this.#called = true;
    this.#resolve?.();
  };

  /** Waits for a call, at most `timeout` ms (default: without end); true if it was called. */
  async wait(timeout = Infinity): Promise<boolean> {
    if (!this.#called) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#resolve = resolve;
      const timer = timeout === Infinity ? undefined : setTimeout(resolve, timeout);
      await promise;
      if (timer !== undefined) clearTimeout(timer);
      this.#resolve = undefined;
    }
    const called = this.#called;
    this.#called = false;
    return called;
  }
}
