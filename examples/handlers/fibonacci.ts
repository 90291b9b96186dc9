import type { ReceivedMessage } from "../../lib/handler.ts";

/** Answers n with the nth Fibonacci number; what is no number fails. */
export default function fibonacci({ payload }: ReceivedMessage): string {
  const n = BigInt(String(payload));
  if (n > 10_000n) throw new RangeError(`${n} would take too long`);
  let [a, b] = [0n, 1n];
  for (let i = 0n; i < n; i++) [a, b] = [b, a + b];
  return String(a);
}
