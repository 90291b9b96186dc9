import fc from "fast-check";
import { assert, assertEquals } from "@std/assert";
import { ConfigError } from "../../lib/errors.ts";
import { readLines } from "../../lib/read_lines.ts";
import { escapeText, quote } from "../../lib/terminal.ts";
import { parseArguments } from "../../scripts/_arguments.ts";
import { testSeed } from "../support/random.ts";

const SEED = { seed: testSeed(), numRuns: 3_000 };

/** What a terminal obeys, what ends a line, and what turns a text around. */
// deno-lint-ignore no-control-regex -- these are what is looked for
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ufeff]/;

const anyText = fc.string({ unit: "binary" });
/** Texts in which one character, or one way to write it, is easily taken for another. */
const trickyText = fc.array(
  fc.constantFrom(
    "\\",
    "'",
    "x",
    "u",
    "{",
    "}",
    "1b",
    "\x1b",
    "\n",
    "n",
    "\u202e",
    "ff",
    "\u0085",
    "é",
  ),
).map((all) => all.join(""));
const anyBytes = fc.oneof(
  fc.uint8Array(),
  fc.oneof(anyText, trickyText).map((text) => new TextEncoder().encode(text)),
  fc.array(fc.constantFrom(0x5c, 0x78, 0x66, 0xff, 0xc3, 0xa9, 0xed, 0xa0, 0x80)).map((all) =>
    Uint8Array.from(all)
  ),
);

Deno.test("escapeText() and quote() leave nothing that a terminal would obey", () => {
  fc.assert(
    fc.property(fc.oneof(anyText, trickyText), anyBytes, (text, bytes) => {
      for (const shown of [escapeText(text), quote(text), quote(bytes)]) {
        assert(!UNSAFE.test(shown), shown);
        assert(shown.isWellFormed());
      }
    }),
    SEED,
  );
});

Deno.test("quote() shows no two different payloads alike", () => {
  const seen = new Map<string, string>();
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const shown = quote(bytes);
      const hex = bytes.toHex();
      assertEquals(seen.get(shown) ?? hex, hex);
      seen.set(shown, hex);
    }),
    { ...SEED, numRuns: 6_000 },
  );
  fc.assert(
    fc.property(anyBytes, anyBytes, (one, other) => {
      assertEquals(quote(one) === quote(other), one.toHex() === other.toHex());
    }),
    SEED,
  );
});

Deno.test("readLines() finds the same lines wherever the bytes are cut", async () => {
  const byte = fc.oneof(fc.constantFrom(10, 13, 0), fc.integer({ min: 0, max: 255 }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(byte)), async (parts) => {
      async function* stream() {
        for (const part of parts) yield Uint8Array.from(part);
      }
      const lines: string[] = [];
      for await (const batch of readLines(stream())) {
        for (const line of batch) lines.push(line.toHex());
      }
      const hex = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0)).toHex();
      const all = String.fromCharCode(...parts.flat());
      const ended = all.split("\n");
      const last = ended.pop() ?? "";
      const expected = ended.map((line) => hex(line.replace(/\r$/, "")));
      assertEquals(lines, last ? [...expected, hex(last)] : expected);
    }),
    SEED,
  );
});

Deno.test("parseArguments() takes any arguments, or says what is wrong with them", () => {
  const piece = fc.constantFrom(
    "-",
    "--",
    "=",
    "config",
    "set",
    "quiet",
    "q",
    "__proto__",
    " ",
    "\n",
  );
  const argument = fc.oneof(anyText, fc.array(piece).map((all) => all.join("")));
  fc.assert(
    fc.property(fc.array(argument), (args) => {
      try {
        const { values, words } = parseArguments(args, {
          config: { type: "string", default: "config.yaml" },
          set: { type: "string", multiple: true },
          quiet: { type: "boolean", short: "q" },
        });
        assertEquals(Object.keys(values), ["config", "set", "quiet"]);
        assertEquals(typeof values.config, "string");
        assert(words.every((word) => args.includes(word)));
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        assert(!UNSAFE.test(error.message), error.message);
      }
    }),
    SEED,
  );
});
