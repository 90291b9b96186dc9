import { assertEquals } from "@std/assert";
import { didYouMean } from "../../lib/suggest.ts";

const KEYS = ["name", "durable", "routing_key", "x-max-length"];

/** A word and the key that is meant, if one is. */
const WORDS: [word: string, meant: string | undefined][] = [
  ["nam", "name"],
  ["naem", "name"],
  ["nmae", "name"],
  ["NAME", "name"],
  ["durabel", "durable"],
  ["routingKey", "routing_key"],
  ["routing-key", "routing_key"],
  ["x-max-lenght", "x-max-length"],
  ["max-length", "x-max-length"],
  ["nothing", undefined],
  ["", undefined],
  ["x", undefined],
];

for (const [word, meant] of WORDS) {
  Deno.test(`didYouMean() suggests ${meant ?? "nothing"} when the word is "${word}"`, () => {
    assertEquals(didYouMean(word, KEYS), meant ? `; did you mean "${meant}"?` : "");
  });
}

Deno.test("didYouMean() suggests nothing when nothing is known", () => {
  assertEquals(didYouMean("a", []), "");
});
