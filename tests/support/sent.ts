import { assertMatch } from "@std/assert";
import { formatNumber } from "../../lib/terminal.ts";

/** Asserts that standard error is the summary of so many messages and nothing else. */
export function assertSentOnly(stderr: string, count: number): void {
  // What takes longer than a second also says how long.
  const time = String.raw`( in [\d.]+ s \([\d,]+/s\))?`;
  assertMatch(
    stderr,
    new RegExp(String.raw`^ \[\*\] Sent ${formatNumber(count)} messages${time}\n$`),
  );
}
