import type { DeliveredMessage } from "./client_types.ts";
import { concat } from "./concat.ts";
import type { Handled } from "./consume.ts";
import { OutputError } from "./errors.ts";
import { toJsonLine } from "./message_json.ts";
import { escapeText, quote } from "./terminal.ts";

/** How messages look on standard output. */
export const FORMATS = ["text", "json", "raw"] as const;
/**
 * `text`: a line for people; `json`: a line that holds all of the message; `raw`: the bytes of the
 * payload and nothing else.
 */
export type Format = typeof FORMATS[number];

/** Who read standard output has closed it. */
export class OutputClosedError extends OutputError {}

/**
 * What a pipe takes all of or nothing (POSIX's PIPE_BUF on Linux). Of a longer write nobody knows
 * how much was taken when its reader leaves: `Deno.stdout.write` then throws without a count.
 */
const PIPE_BUF = 4096;

const encoder = new TextEncoder();

/**
 * Writes messages to standard output (or another `output`). Done are those whose bytes were written
 * in full; one that was cut off in the middle is not.
 *
 * @returns With `error` an {@linkcode OutputError} if the output is full or closed.
 */
export async function printMessages(
  messages: DeliveredMessage[],
  format: Format,
  output: { write(bytes: Uint8Array): Promise<number> } = Deno.stdout,
): Promise<Handled> {
  let done = 0;
  for (const part of groupForWrite(messages.map((message) => render(message, format)))) {
    const bytes = concat(part);
    let written = 0;
    try {
      while (written < bytes.length) written += await output.write(bytes.subarray(written));
    } catch (error) {
      return { done: done + countWithin(part, written), error: explain(error) };
    }
    done += part.length;
  }
  return { done };
}

/** Groups what goes into one write: as much as fits into PIPE_BUF, but one chunk at least. */
function groupForWrite(chunks: Uint8Array[]): Uint8Array[][] {
  const groups: Uint8Array[][] = [];
  let room = 0;
  for (const chunk of chunks) {
    room -= chunk.length;
    const last = groups.at(-1);
    if (last && room >= 0) last.push(chunk);
    else {
      groups.push([chunk]);
      room = PIPE_BUF - chunk.length;
    }
  }
  return groups;
}

function render(message: DeliveredMessage, format: Format): Uint8Array {
  const body = message.body ?? new Uint8Array();
  if (format === "raw") return body;
  return encoder.encode(
    (format === "json" ? toJsonLine(message) : ` [x] Received ${quote(body)}`) + "\n",
  );
}

/** How many of the chunks lie wholly within the first `length` bytes. */
function countWithin(chunks: Uint8Array[], length: number): number {
  let end = 0;
  const cut = chunks.findIndex((chunk) => (end += chunk.length) > length);
  return cut === -1 ? chunks.length : cut;
}

function explain(error: unknown): OutputError {
  if (error instanceof Deno.errors.BrokenPipe) {
    return new OutputClosedError("Standard output was closed by its reader", { cause: error });
  }
  const why = error instanceof Error ? error.message : String(error);
  return new OutputError(`Cannot write to standard output: ${escapeText(why)}`, {
    cure: "What was not written in full is still in the queue, unless receive.ack is on_delivery",
    cause: error,
  });
}
