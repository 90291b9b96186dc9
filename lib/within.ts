/**
 * Waits until a promise settles, but `timeout` ms at most: for what a broker that has gone would never
 * answer. It is not `setTimeout`, whose first use takes 20 ms of start-up time.
 *
 * @returns Whether it settled in time.
 * @throws What the promise rejects with in time.
 */
export async function within(timeout: number, promise: Promise<unknown>): Promise<boolean> {
  const enough = Promise.withResolvers<false>();
  const onTimeout = () => enough.resolve(false);
  const timer = AbortSignal.timeout(timeout);
  timer.addEventListener("abort", onTimeout);
  try {
    return await Promise.race([promise.then(() => true), enough.promise]);
  } finally {
    timer.removeEventListener("abort", onTimeout);
  }
}
