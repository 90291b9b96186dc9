/** The messages that are sent, one a line. */

/** How much is written at once, in bytes. */
const CHUNK = 4 * 1024 * 1024;

/** Writes a file of `count` lines of `size` bytes each; the lines differ in the number they have. */
export async function writeLines(path: string, count: number, size: number): Promise<void> {
  const encoder = new TextEncoder();
  const line = (number: number) =>
    `message ${String(number).padStart(8, "0")}`.padEnd(size, "x").slice(0, size) + "\n";
  const perChunk = Math.max(Math.floor(CHUNK / (size + 1)), 1);
  using file = await Deno.create(path);
  for (let from = 1; from <= count; from += perChunk) {
    const numbers = Array.from(
      { length: Math.min(perChunk, count - from + 1) },
      (_, i) => from + i,
    );
    const bytes = encoder.encode(numbers.map(line).join(""));
    for (let sent = 0; sent < bytes.length;) sent += await file.write(bytes.subarray(sent));
  }
}
