import { assert, assertEquals } from "@std/assert";
import { describePayload } from "../../lib/describe_payload.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const json = (text: string, most?: number) =>
  describePayload(encode(text), { contentType: "application/json", most });

/** JSON payloads, and how they look. */
const JSON_SHOWN: Record<string, [payload: string, shown: string]> = {
  "an object": ['{"order":42}', '{"order":42}'],
  "a list": ["[1, 2]", "[1, 2]"],
  "quotes and backslashes": [
    String.raw`{"who":"it's \"me\"","at":"C:\\x\n"}`,
    String.raw`{"who":"it's \"me\"","at":"C:\\x\n"}`,
  ],
  "one with line ends": ['{\n  "a": 1,\r\n\t"b": [ 2 ]\n}\n', '{ "a": 1, "b": [ 2 ] }'],
  "what is invisible": ['{"a":"\u202e\u009b"}', String.raw`{"a":"\u202e\u009b"}`],
  "numbers beyond 2⁵³": ['{"n":9007199254740993}', '{"n":9007199254740993}'],
  "a text, which needs its quotes": ['"a"', `'"a"'`],
  "a number": ["832040", "'832040'"],
  "what is no JSON": ["{it's\n}", String.raw`'{it\'s\n}'`],
};

for (const [name, [payload, shown]] of Object.entries(JSON_SHOWN)) {
  Deno.test(`describePayload() shows as JSON: ${name}`, () => {
    assertEquals(json(payload), shown);
  });
}

Deno.test("describePayload() takes for JSON only what is called so", () => {
  const payload = encode('{"a":"it\'s"}');
  const quoted = String.raw`'{"a":"it\'s"}'`;
  assertEquals(describePayload(payload), quoted);
  assertEquals(describePayload(payload, { contentType: "text/plain" }), quoted);
  assertEquals(describePayload(payload, { contentType: "text/x+json; a=b" }), '{"a":"it\'s"}');
  assertEquals(describePayload(new Uint8Array([0xff]), { contentType: "text/json" }), "'\\xff'");
  assertEquals(describePayload(null), "''");
});

/** Payloads, how many characters there is room for, and what is shown. */
const SHORTENED: Record<string, [payload: string | Uint8Array, most: number, shown: string]> = {
  "what just fits": ["abcde", 5, "'abcde'"],
  "what does not": ["abcdef", 5, "'abcde'… (6 bytes)"],
  "a long one": ["x".repeat(12_345), 3, "'xxx'… (12,345 bytes)"],
  "an escape that would be cut": ["abcd\n", 5, "'abcd'… (5 bytes)"],
  "a backslash that would be cut": ["a\\\\b", 4, String.raw`'a\\'… (4 bytes)`],
  "a wide character that would be cut": ["abcd👩x", 5, "'abcd'… (9 bytes)"],
  "wide characters that fit": ["👩👩👩", 4, "'👩👩'… (12 bytes)"],
  "what is not UTF-8": [new Uint8Array(9).fill(0xff), 9, String.raw`'\xff\xff'… (9 bytes)`],
  "where nothing fits": ["\x1b\x1b", 3, "''… (2 bytes)"],
};

for (const [name, [payload, most, shown]] of Object.entries(SHORTENED)) {
  Deno.test(`describePayload() shortens ${name}`, () => {
    const bytes = typeof payload === "string" ? encode(payload) : payload;
    assertEquals(describePayload(bytes, { most }), shown);
  });
}

Deno.test("describePayload() shortens JSON, and cuts no escape in two", () => {
  assertEquals(json('{"a":"b"}', 9), '{"a":"b"}');
  assertEquals(json('{"a":"b"}', 8), '{"a":"b"… (9 bytes)');
  assertEquals(json('{"a":"\u202e"}', 8), '{"a":"… (11 bytes)');
});

Deno.test("describePayload() does not try each of a million spaces in JSON", () => {
  const text = `{"a":"${" ".repeat(1_000_000)}"}`;
  // Not assertEquals(), which would print both.
  assert(describePayload(encode(text), { contentType: "application/json" }) === text);
});
