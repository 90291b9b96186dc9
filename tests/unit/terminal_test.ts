import { assertEquals, assertMatch } from "@std/assert";
import {
  decodeUtf8,
  escapeJson,
  escapeText,
  formatNumber,
  quote,
  quoteWords,
} from "../../lib/terminal.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

/** What could drive a terminal or forge a line, and how it is shown. */
const HARMFUL: Record<string, [text: string, shown: string]> = {
  "an escape sequence": ["\x1b[31mred", "\\x1b[31mred"],
  "an OSC 52, which sets the clipboard": ["\x1b]52;c;eA==\x07", "\\x1b]52;c;eA==\\x07"],
  "a C1 control": ["\u009b31m\u0085", "\\u{9b}31m\\u{85}"],
  "a bidirectional override": ["a\u202eb\u2066c\u200f", "a\\u{202e}b\\u{2066}c\\u{200f}"],
  "a carriage return": ["Sent\rFake", "Sent\\rFake"],
  "line ends and tabs": ["a\nb\tc", "a\\nb\\tc"],
  "line separators": ["a\u2028b\u2029", "a\\u{2028}b\\u{2029}"],
  "NUL, backspace and DEL": ["\0\b\x7f", "\\x00\\x08\\x7f"],
  "lone surrogates": ["\ud800 \udc00", "\\u{d800} \\u{dc00}"],
  "a byte order mark": ["\ufeffa", "\\u{feff}a"],
  "what is invisible": ["a\u00ad\u200b\u{e0041}", "a\\u{ad}\\u{200b}\\u{e0041}"],
  "what is private or unassigned": ["\ue000\u{10ffff}", "\\u{e000}\\u{10ffff}"],
};

for (const [name, [text, shown]] of Object.entries(HARMFUL)) {
  Deno.test(`escapeText() and quote() escape ${name}`, () => {
    assertEquals(escapeText(text), shown);
    assertEquals(quote(text), `'${shown}'`);
  });
}

Deno.test("escapeText() and quote() leave what is visible as it is", () => {
  for (
    const text of ["", "Hello World!", "grüße ☕ 你好 שלום", "👩\u200d💻", "می\u200cخواهم", '"${}`']
  ) {
    assertEquals(escapeText(text), text);
    assertEquals(quote(text), `'${text}'`);
  }
});

/** What is quoted, and how it looks. */
const QUOTED: Record<string, [value: string | Uint8Array, shown: string]> = {
  "a quote": ["it's", "'it\\'s'"],
  "a backslash": ["\\n", "'\\\\n'"],
  "what looks like an escape": ["\\x1b", "'\\\\x1b'"],
  "bytes that are UTF-8": [new TextEncoder().encode("ü\x1b'"), "'ü\\x1b\\''"],
  "bytes that begin with a byte order mark": [bytes(0xef, 0xbb, 0xbf, 0x61), "'\\u{feff}a'"],
  "no bytes": [bytes(), "''"],
  "bytes that are not UTF-8": [bytes(0x61, 0xff, 0x62), "'a\\xffb'"],
  "a continuation byte alone": [bytes(0x80, 0x61), "'\\x80a'"],
  "a sequence that is cut off": [bytes(0xe2, 0x98), "'\\xe2\\x98'"],
  "a sequence that is cut off by a letter": [bytes(0xe2, 0x98, 0x41), "'\\xe2\\x98A'"],
  "an overlong slash": [bytes(0xc0, 0xaf), "'\\xc0\\xaf'"],
  "an overlong slash of three bytes": [bytes(0xe0, 0x80, 0xaf), "'\\xe0\\x80\\xaf'"],
  "a surrogate in UTF-8": [bytes(0xed, 0xa0, 0x80), "'\\xed\\xa0\\x80'"],
  "a code point beyond Unicode": [bytes(0xf4, 0x90, 0x80, 0x80), "'\\xf4\\x90\\x80\\x80'"],
  "good and bad bytes": [bytes(0xff, 0xc3, 0xbc, 0xfe, 0xf0, 0x9f, 0x98, 0x80), "'\\xffü\\xfe😀'"],
  "bad bytes, quotes and controls": [bytes(0xff, 0x27, 0x5c, 0x1b), "'\\xff\\'\\\\\\x1b'"],
};

for (const [name, [value, shown]] of Object.entries(QUOTED)) {
  Deno.test(`quote() escapes ${name}`, () => {
    assertEquals(quote(value), shown);
  });
}

/** Numbers from 0 to 1, the same in every run (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

Deno.test("quote() shows no two different byte strings alike, on one visible line", () => {
  const next = random(1);
  // Bytes that escapes are made of, and those that UTF-8 sequences are made of.
  const pool = [...new TextEncoder().encode("\\x1bunr'{}\n\r\x1b a"), ...bytes(0xc2, 0x85, 0xff)];
  pool.push(0x80, 0xa0, 0xed, 0xe2, 0x80, 0xae, 0xf0, 0x9f, 0x98, 0xbb, 0xbf, 0xef);
  const seen = new Map<string, string>();
  for (let i = 0; i < 20_000; i++) {
    const value = Uint8Array.from(
      { length: Math.floor(next() * 7) },
      () => pool[Math.floor(next() * pool.length)] ?? 0,
    );
    const shown = quote(value);
    assertEquals(seen.get(shown) ?? value.toHex(), value.toHex(), shown);
    assertMatch(shown, /^'[^\p{C}\p{Zl}\p{Zp}]*'$/u);
    seen.set(shown, value.toHex());
  }
});

Deno.test("quote() shows no two different texts alike", () => {
  const next = random(2);
  const pool = ["\\", "'", "x", "1", "b", "u", "{", "}", "\x1b", "\u009b", "\ud83d", "\ude00", "n"];
  pool.push("\n", "\u202e", "\ufeff", "ü", "\\u{9b}", "\\x1b", "\ufffd", "\u00a0", " ");
  const seen = new Map<string, string>();
  for (let i = 0; i < 20_000; i++) {
    const length = Math.floor(next() * 6);
    const value = Array.from({ length }, () => pool[Math.floor(next() * pool.length)]).join("");
    const shown = quote(value);
    assertEquals(seen.get(shown) ?? value, value, shown);
    seen.set(shown, value);
  }
});

Deno.test("decodeUtf8() keeps a byte order mark and refuses what is not UTF-8", () => {
  assertEquals(decodeUtf8(bytes(0xef, 0xbb, 0xbf, 0x61)), "\ufeffa");
  assertEquals(decodeUtf8(bytes()), "");
  assertEquals(decodeUtf8(bytes(0xc3)), undefined);
});

Deno.test("formatNumber() sets thousands apart", () => {
  assertEquals([0, 999, 1_000, 999_999.6, 1_234_567].map(formatNumber), [
    "0",
    "999",
    "1,000",
    "1,000,000",
    "1,234,567",
  ]);
});

Deno.test("escapeJson() leaves JSON the same value, and nothing in it that drives a terminal", () => {
  const json = '"\u009b31m \u202e \u{e0041} \x7f ü 👩\u200d💻 it\'s \\\\ \\n"';
  const shown = escapeJson(json);
  assertEquals(
    shown,
    String.raw`"\u009b31m \u202e \udb40\udc41 \u007f ü 👩${"\u200d"}💻 it's \\ \n"`,
  );
  assertEquals(JSON.parse(shown), JSON.parse(json));
});

Deno.test("quoteWords() leaves apostrophes as they are, and escapes what could end the quotes", () => {
  assertEquals(quoteWords("no queue 'a'"), `"no queue 'a'"`);
  assertEquals(quoteWords('a" b\\\x1b[2J\n'), '"a\\" b\\\\\\x1b[2J\\n"');
});
