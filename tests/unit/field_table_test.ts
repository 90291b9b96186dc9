import { assertEquals } from "@std/assert";
import { toWireTable } from "../../lib/field_table.ts";

Deno.test("toWireTable() makes integers that need more than 32 bits bigints, and no others", () => {
  assertEquals(
    toWireTable({
      a: 2 ** 31 - 1,
      b: 2 ** 31,
      c: -(2 ** 31) + 1,
      d: -(2 ** 31) - 1,
      e: 2 ** 32,
      f: Number.MAX_SAFE_INTEGER,
      g: 2n ** 63n - 1n,
      h: 3e9 + 0.5,
    }),
    {
      a: 2 ** 31 - 1,
      b: 2n ** 31n,
      c: -(2 ** 31) + 1,
      d: -(2n ** 31n) - 1n,
      e: 2n ** 32n,
      f: 2n ** 53n - 1n,
      g: 2n ** 63n - 1n,
      h: 3e9 + 0.5,
    },
  );
});

Deno.test("toWireTable() goes into lists and tables", () => {
  assertEquals(toWireTable({ a: [3e9, { b: [3e9] }], c: { d: { e: 3e9 } } }), {
    a: [3_000_000_000n, { b: [3_000_000_000n] }],
    c: { d: { e: 3_000_000_000n } },
  });
});

Deno.test("toWireTable() leaves everything else as it is", () => {
  const table = {
    text: "5",
    fraction: 1.5,
    yes: true,
    nothing: null,
    bytes: new Uint8Array([1]),
    list: [],
    table: {},
  };
  assertEquals<unknown>(toWireTable(table), table);
  assertEquals(toWireTable({}), {});
});

Deno.test("toWireTable() keeps a name that is __proto__ an ordinary name", () => {
  const table = toWireTable(JSON.parse('{"__proto__":{"polluted":1}}'));
  assertEquals(Object.keys(table), ["__proto__"]);
  assertEquals("polluted" in table, false);
});
