const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** What a duration looks like: a number and its unit. */
export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/** Timers cannot be set for longer than this, in ms: some 24 days. */
export const LONGEST_DURATION = 2 ** 31 - 1;

/**
 * Reads a duration such as `500ms`, `10s`, `1.5m` or `2h`.
 *
 * @returns The duration in ms, or `undefined` if the text is no duration or is too long for a timer.
 */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = ""] = DURATION_PATTERN.exec(text) ?? [];
  // In whole µs, because 4.35 × 60,000 is not 261,000.
  const duration = Math.round(Number(amount) * (UNITS[unit] ?? NaN) * 1_000) / 1_000;
  return duration <= LONGEST_DURATION ? duration : undefined;
}
