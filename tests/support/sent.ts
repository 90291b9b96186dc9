import { assertMatch } from "@std/assert";

/** Asserts that standard error is the summary of so many messages and nothing else. */
export function assertSentOnly(stderr: string, count: number): void {
  // What takes longer than a second also says how long.
  const time = String.raw`( in [\d.]+ s \([\d,]+/s\))?`;
  assertMatch(stderr, new RegExp(String.raw`^ \[\*\] Sent ${count} messages${time}\n$`));
}
