/**
 * Waits until a promise settles, but `timeout` ms at most: for what a broker that has gone would never
 * answer.
 *
 * @returns Whether it settled in time.
 * @throws What the promise rejects with in time.
 */
export async function within(timeout: number, promise: Promise<unknown>): Promise<boolean> {
  const enough = Promise.withResolvers<false>();
  const timer = setTimeout(() => enough.resolve(false), timeout);
  try {
    return await Promise.race([promise.then(() => true), enough.promise]);
  } finally {
    clearTimeout(timer);
  }
}
