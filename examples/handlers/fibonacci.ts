import type { ReceivedMessage } from "../../lib/handler.ts";

/** Answers n with the nth Fibonacci number; what is no number fails. */
export default function fibonacci({ payload }: ReceivedMessage): string {
  let [a, b] = [0n, 1n];
  for (let n = BigInt(String(payload)); n > 0n; n--) [a, b] = [b, a + b];
  return String(a);
}
