import { assertEquals, assertRejects } from "@std/assert";
import { LineTooLongError, readLines } from "../../lib/read_lines.ts";

const encoder = new TextEncoder();

async function* chunksOf(...chunks: (string | Uint8Array)[]) {
  for (const chunk of chunks) yield typeof chunk === "string" ? encoder.encode(chunk) : chunk;
}

/** The lines, as bytes in hex, so that what is not UTF-8 can be compared. */
async function linesOf(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const some of readLines(chunksOf(...chunks))) {
    for (const line of some) lines.push(line.toHex());
  }
  return lines;
}

Deno.test("readLines() fails on a line that is too long before it is all there, and on no other", async () => {
  const chunk = new Uint8Array(10).fill(97);
  let given = 0;
  async function* endless() {
    yield encoder.encode(`${"a".repeat(25)}\n`);
    for (;; given++) yield chunk;
  }
  const lines: number[] = [];
  await assertRejects(
    async () => {
      for await (const some of readLines(endless(), { longest: 25 })) {
        for (const line of some) lines.push(line.length);
      }
    },
    LineTooLongError,
  );
  assertEquals({ lines, given }, { lines: [25], given: 2 });
});

Deno.test("readLines() fails on a line that ends in the chunk that makes it too long", async () => {
  const read = async (last: string) => {
    const chunks = chunksOf("aaa", last);
    for await (const some of readLines(chunks, { longest: 5 })) Array.from(some);
  };
  await read("aa\nbbbbb");
  await assertRejects(() => read("aaa\n"), LineTooLongError);
});

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
  for await (const _lines of readLines(count())) break;
  assertEquals(read, 1);
});

Deno.test("readLines() gives the lines that end in a chunk together", async () => {
  const counts: number[] = [];
  for await (const lines of readLines(chunksOf("a\nb\nc", "d", "e\nf\n\n", "g"))) {
    counts.push([...lines].length);
  }
  assertEquals(counts, [2, 3, 1]);
});

Deno.test("readLines() copies no line that is whole in its chunk", async () => {
  const chunk = encoder.encode("one\r\ntwo\nthree\n");
  for await (const lines of readLines(chunksOf(chunk))) {
    for (const line of lines) assertEquals(line.buffer, chunk.buffer);
  }
});

Deno.test("readLines() keeps no large buffer for the few bytes that were read into it", async () => {
  const buffer = new Uint8Array(65_536);
  encoder.encodeInto("a\nb\n", buffer);
  for await (const lines of readLines(chunksOf(buffer.subarray(0, 4)))) {
    for (const line of lines) assertEquals(line.buffer.byteLength, 4);
  }
});

Deno.test("readLines() joins a line of 20 MB, and no part of it twice", async () => {
  const part = new Uint8Array(65_536).fill(97);
  const long: (string | Uint8Array)[] = Array(320).fill(part);
  const lengths: number[] = [];
  for await (const lines of readLines(chunksOf("x\nb", ...long, "e\ny"))) {
    for (const line of lines) lengths.push(line.length);
  }
  assertEquals(lengths, [1, 320 * 65_536 + 2, 1]);
});
