import { concat } from "./concat.ts";

const LF = 10;
const CR = 13;

/** A line is longer than it may be. */
export class LineTooLongError extends Error {}

/**
 * Splits a stream of bytes into lines, as bytes, without their ends (LF or CRLF). A last line without
 * an end counts; the empty rest after the last end does not.
 *
 * Gives the lines that end in a chunk together, at least one; they are found when they are asked for,
 * and are views of the chunk where they can be.
 *
 * @throws {LineTooLongError} If a line that began in a chunk before has more than `longest` bytes. It is
 *   never all in memory then.
 */
export async function* readLines(
  stream: AsyncIterable<Uint8Array>,
  { longest = Infinity }: { longest?: number } = {},
): AsyncGenerator<Iterable<Uint8Array>> {
  /** The beginning of a line of which the end has not come yet, and its length. */
  let begun: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = withoutSpareRoom(chunk);
    const end = bytes.lastIndexOf(LF) + 1;
    length += end > 0 ? bytes.indexOf(LF) : bytes.length;
    if (length > longest) throw new LineTooLongError();
    if (end > 0) {
      yield split(begun, bytes.subarray(0, end));
      begun = [];
      length = bytes.length - end;
    }
    if (end < bytes.length) begun.push(bytes.subarray(end));
  }
  if (begun.length) yield [concat(begun)];
}

/** Splits bytes that end with the end of a line; the first line begins with what came before. */
function* split(begun: Uint8Array[], bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(LF, from);
    const line = bytes.subarray(from, end);
    yield withoutCr(from === 0 && begun.length ? concat([...begun, line]) : line);
    from = end + 1;
  }
}

/** A stream may give a few bytes of a large buffer, which the lines would keep in memory. */
function withoutSpareRoom(chunk: Uint8Array): Uint8Array {
  return chunk.length < chunk.buffer.byteLength / 4 ? chunk.slice() : chunk;
}

function withoutCr(line: Uint8Array): Uint8Array {
  return line[line.length - 1] === CR ? line.subarray(0, -1) : line;
}
