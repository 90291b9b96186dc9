/**
 * Waits for a promise, or for `signal` to be aborted: for an answer that may never come.
 *
 * @throws The reason of `signal` if it is aborted first; what the promise rejects with else.
 */
export async function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  // What it does after an abort is of no interest, and no reason to end the process.
  promise.catch(() => {});
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
