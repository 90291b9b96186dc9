/**
 * Waits until a promise settles, but `timeout` ms at most: for what a broker that has gone would never
 * answer.
 *
 * @throws What the promise rejects with in time.
 */
export async function within(timeout: number, promise: Promise<unknown>): Promise<void> {
  const enough = Promise.withResolvers<void>();
  const timer = setTimeout(enough.resolve, timeout);
  try {
    await Promise.race([promise, enough.promise]);
  } finally {
    clearTimeout(timer);
    // What it does later is of no interest, and no reason to end the process.
    promise.catch(() => {});
  }
}
