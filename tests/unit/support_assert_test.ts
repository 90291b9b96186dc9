import * as standIn from "../support/assert.ts";
import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";

// Only functions with a full type of their own can be called as assertions.
const adapter: typeof standIn = standIn;

class Custom extends Error {}
const throwCustom = () => {
  throw new Custom("too bad");
};

/** Calls that must fail, each with a part of the message it must give. */
const failing: [name: string, call: () => unknown, message: string][] = [
  ["fail", () => adapter.fail("why"), "why"],
  ["assert", () => adapter.assert(0, "zero"), "zero"],
  ["assertEquals", () => adapter.assertEquals([1, 2], [1, 3]), "-   3"],
  ["assertEquals with a text", () => adapter.assertEquals([1, 2], [1, 3], "so"), "so\n"],
  ["assertEquals of types", () => adapter.assertEquals<unknown>(1, "1"), "1 !== '1'"],
  ["assertStringIncludes", () => adapter.assertStringIncludes("ab", "c"), '"c"'],
  ["assertMatch", () => adapter.assertMatch("ab", /^b/), "/^b/"],
  ["assertInstanceOf", () => adapter.assertInstanceOf(new Error("e"), Custom), "Custom"],
  ["assertThrows when nothing is thrown", () => adapter.assertThrows(() => 1), "to throw"],
  [
    "assertThrows when the class differs",
    () => adapter.assertThrows(throwCustom, TypeError),
    "TypeError",
  ],
  [
    "assertThrows when the message differs",
    () => adapter.assertThrows(throwCustom, Custom, "good"),
    "good",
  ],
];

for (const [name, call, message] of failing) {
  Deno.test(`the stand-in for @std/assert: ${name} fails`, () => {
    assertStringIncludes(assertThrows(call, Error).message, message);
  });
}

Deno.test("the stand-in for @std/assert passes what is right, and returns the error", async () => {
  const reject = () => Promise.reject(new Custom("too bad"));
  adapter.assert(1);
  adapter.assertEquals({ a: [1n, new Uint8Array(2)] }, { a: [1n, new Uint8Array(2)] });
  adapter.assertStringIncludes("ab", "b");
  adapter.assertMatch("ab", /b$/);
  adapter.assertInstanceOf(new Custom(), Error);
  assertInstanceOf(adapter.assertThrows(throwCustom), Custom);
  assertEquals(adapter.assertThrows(throwCustom, Error, "bad").message, "too bad");
  assertEquals((await adapter.assertRejects(reject, Custom, "bad")).message, "too bad");
});

Deno.test("the stand-in for @std/assert: assertRejects fails when nothing is rejected", async () => {
  await assertRejects(() => adapter.assertRejects(() => Promise.resolve()), Error, "to reject");
  await assertRejects(() => adapter.assertRejects(throwCustom), Error, "expected to reject");
});
