/** What a few runs say. */

/** The middle of some numbers, or the mean of the middle two. `NaN` if there are none. */
export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const lower = sorted[Math.ceil(middle) - 1] ?? NaN;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  return (lower + upper) / 2;
}

/** How far the numbers reach: from the lowest to the highest. */
export function range(numbers: number[]): { least: number; most: number } {
  return { least: Math.min(...numbers), most: Math.max(...numbers) };
}
