// deno-lint-ignore-file explicit-module-boundary-types -- JavaScript, for Node has no types
/** Reads a file's lines as bytes, a chunk at a time, as cheaply as Node can. */
import { openSync, readSync } from "node:fs";

const CHUNK = 1024 * 1024;

/** Every line has an end, as those that the bench writes do. */
export function* readLines(file) {
  const handle = openSync(file);
  let rest = Buffer.alloc(0);
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const length = readSync(handle, chunk, 0, CHUNK, null);
    if (length === 0) return;
    const bytes = Buffer.concat([rest, chunk.subarray(0, length)]);
    let from = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
      yield bytes.subarray(from, end);
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
}
