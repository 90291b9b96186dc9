import { assertEquals } from "@std/assert";
import { readLines } from "../../lib/read_lines.ts";

const encoder = new TextEncoder();

async function* chunksOf(...chunks: (string | Uint8Array)[]) {
  for (const chunk of chunks) yield typeof chunk === "string" ? encoder.encode(chunk) : chunk;
}

/** The lines, as bytes in hex, so that what is not UTF-8 can be compared. */
async function linesOf(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  const lines = await Array.fromAsync(readLines(chunksOf(...chunks)));
  return lines.map((line) => line.toHex());
}

const hex = (...lines: string[]) => lines.map((line) => encoder.encode(line).toHex());

/** A text and its lines. */
const TEXTS: [text: string, lines: string[]][] = [
  ["", []],
  ["a", ["a"]],
  ["a\n", ["a"]],
  ["a\nb", ["a", "b"]],
  ["a\r\nb\r\n", ["a", "b"]],
  ["\n", [""]],
  ["\n\na\n\n", ["", "", "a", ""]],
  ["\r\n\r\n", ["", ""]],
  ["a\r\r\n", ["a\r"]],
  ["a\rb\n", ["a\rb"]],
  ["a\r", ["a\r"]],
  ["a\n\r", ["a", "\r"]],
  ["ü\n☕", ["ü", "☕"]],
  ["\ufeffa\n", ["\ufeffa"]],
  ["a\u2028b\u0085\v\f\n", ["a\u2028b\u0085\v\f"]],
];

for (const [text, lines] of TEXTS) {
  Deno.test(`readLines() splits ${JSON.stringify(text)} the same at every chunk border`, async () => {
    const all = encoder.encode(text);
    assertEquals(await linesOf(all), hex(...lines));
    assertEquals(
      await linesOf(...Array.from(all, (byte) => new Uint8Array([byte]))),
      hex(...lines),
    );
    for (let at = 0; at <= all.length; at++) {
      const chunks = [all.subarray(0, at), new Uint8Array(), all.subarray(at)];
      assertEquals(await linesOf(...chunks), hex(...lines), `cut at ${at}`);
    }
  });
}

Deno.test("readLines() yields nothing when there are no chunks", async () => {
  assertEquals(await linesOf(), []);
});

Deno.test("readLines() keeps bytes as they are when they are not UTF-8", async () => {
  const bytes = new Uint8Array([0xff, 0x00, 0x0a, 0xc3, 0x0d, 0x0a, 0x80]);
  assertEquals(await linesOf(bytes), ["ff00", "c3", "80"]);
});

Deno.test("readLines() joins a line of many chunks", async () => {
  assertEquals(await linesOf(...Array(1_000).fill("ab"), "\n", "c"), hex("ab".repeat(1_000), "c"));
});

Deno.test("readLines() yields a line as soon as it has come in whole", async () => {
  let read = 0;
  async function* count() {
    for (const chunk of ["a\nb\n", "c\n"]) {
      read++;
      yield encoder.encode(chunk);
    }
  }
  for await (const _line of readLines(count())) break;
  assertEquals(read, 1);
});
