/**
 * Splits a stream of bytes into lines, as bytes, without their ends (LF or CRLF). A last line without
 * an end counts; the empty rest after the last end does not.
 */
export async function* readLines(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let parts: Uint8Array[] = [];
  for await (const chunk of stream) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      yield join([...parts, chunk.subarray(from, end)], true);
      parts = [];
      from = end + 1;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  }
  if (parts.length) yield join(parts, false);
}

function join(parts: Uint8Array[], isEnded: boolean): Uint8Array<ArrayBuffer> {
  const line = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    line.set(part, at);
    at += part.length;
  }
  return isEnded && line.at(-1) === 13 ? line.subarray(0, -1) : line;
}
