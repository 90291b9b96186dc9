import { assertEquals } from "@std/assert";
import { LONGEST_DURATION, parseDuration } from "../../lib/duration.ts";

/** A text and the duration in ms, if it is one. */
const DURATIONS: [text: string, duration: number | undefined][] = [
  ["0s", 0],
  ["500ms", 500],
  ["10s", 10_000],
  ["1.5m", 90_000],
  ["2h", 7_200_000],
  ["007s", 7_000],
  ["0.5ms", 0.5],
  // Products that are not exact in floating point.
  ["4.35m", 261_000],
  ["8.7h", 31_320_000],
  ["1.005s", 1_005],
  ["2147483647ms", LONGEST_DURATION],
  ["2147483648ms", undefined],
  ["597h", undefined],
  [`${"9".repeat(400)}s`, undefined],
  ["", undefined],
  ["10", undefined],
  ["s", undefined],
  ["10 s", undefined],
  ["10S", undefined],
  ["-1s", undefined],
  ["+1s", undefined],
  ["1e3s", undefined],
  [".5s", undefined],
  ["1.s", undefined],
  ["1d", undefined],
  ["1m30s", undefined],
  ["10s\n", undefined],
  ["١s", undefined],
];

for (const [text, duration] of DURATIONS) {
  const name = JSON.stringify(text.length > 20 ? `${text.slice(0, 9)}…` : text);
  Deno.test(`parseDuration() returns ${duration} when the text is ${name}`, () => {
    assertEquals(parseDuration(text), duration);
  });
}
