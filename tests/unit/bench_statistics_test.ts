import { assertEquals } from "@std/assert";
import { median, range } from "../../bench/statistics.ts";

for (
  const [numbers, middle] of [
    [[5], 5],
    [[9, 1, 5], 5],
    [[10, 9, 1, 2], 5.5],
    [[100, 20, 3], 20],
    [[], NaN],
  ] as const
) {
  Deno.test(`median() of ${JSON.stringify(numbers)} is ${middle}`, () => {
    assertEquals(median([...numbers]), middle);
  });
}

Deno.test("median() leaves the numbers in their order", () => {
  const numbers = [3, 1, 2];
  median(numbers);
  assertEquals(numbers, [3, 1, 2]);
});

Deno.test("range() finds the lowest and the highest", () => {
  assertEquals(range([5, 100, 20]), { least: 5, most: 100 });
});
