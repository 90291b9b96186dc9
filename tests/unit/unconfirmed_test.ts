import { assertEquals } from "@std/assert";
import { Unconfirmed } from "../../lib/unconfirmed.ts";

interface Item {
  name: number;
}

function filled(count: number): Unconfirmed<Item> {
  const unconfirmed = new Unconfirmed<Item>();
  for (let name = 1; name <= count; name++) assertEquals(unconfirmed.add({ name }), name);
  return unconfirmed;
}

const names = (items: Iterable<Item>) => Array.from(items, ({ name }) => name);

Deno.test("Unconfirmed.take() takes out the one with that number, once", () => {
  const unconfirmed = filled(3);
  assertEquals(unconfirmed.take(2), { name: 2 });
  assertEquals(unconfirmed.take(2), undefined);
  assertEquals(names(unconfirmed), [1, 3]);
  assertEquals(unconfirmed.size, 2);
});

Deno.test("Unconfirmed.take() takes nothing for a number that was never given", () => {
  const unconfirmed = filled(1);
  for (const number of [-1, 0, 2, 1_025, Infinity, NaN]) {
    assertEquals(unconfirmed.take(number), undefined);
  }
  assertEquals(names(unconfirmed), [1]);
});

Deno.test("Unconfirmed.takeUpTo() takes out, in order, what was not taken out before", () => {
  const unconfirmed = filled(6);
  unconfirmed.take(4);
  unconfirmed.take(2);
  assertEquals(names(unconfirmed.takeUpTo(4)), [1, 3]);
  assertEquals(names(unconfirmed.takeUpTo(4)), []);
  assertEquals(names(unconfirmed.takeUpTo(Infinity)), [5, 6]);
  assertEquals([unconfirmed.size, unconfirmed.oldest], [0, undefined]);
});

Deno.test("Unconfirmed.oldest is the one that was added first and not taken out", () => {
  const unconfirmed = filled(4);
  unconfirmed.take(2);
  unconfirmed.take(1);
  assertEquals(unconfirmed.oldest, { name: 3 });
});

Deno.test("Unconfirmed holds as many as there are, in order, at every border of its ring", () => {
  const unconfirmed = new Unconfirmed<Item>();
  let added = 0;
  let taken = 0;
  for (const size of [1_023, 5, 1_024, 1_025, 3, 5_000, 0, 2_048, 1]) {
    while (unconfirmed.size < size) assertEquals(unconfirmed.add({ name: ++added }), added);
    while (unconfirmed.size > size) assertEquals(unconfirmed.take(++taken), { name: taken });
    const expected = Array.from({ length: size }, (_, at) => taken + 1 + at);
    assertEquals(names(unconfirmed), expected);
  }
});

Deno.test("Unconfirmed keeps one that waits while thousands after it are confirmed", () => {
  const unconfirmed = filled(1);
  for (let name = 2; name <= 10_000; name++) unconfirmed.take(unconfirmed.add({ name }));
  assertEquals([names(unconfirmed), unconfirmed.oldest], [[1], { name: 1 }]);
  assertEquals(names(unconfirmed.takeUpTo(10_000)), [1]);
});
