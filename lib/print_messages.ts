import type { DeliveredMessage } from "./client_types.ts";
import type { Handled } from "./consume.ts";
import { describePayload } from "./describe_payload.ts";
import { OutputError } from "./errors.ts";
import { inWords } from "./file_failure.ts";
import { toJsonLine } from "./message_json.ts";
import { paint, roomFor } from "./screen.ts";

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
 * The first write of a batch: what a pipe takes all of or nothing (POSIX's PIPE_BUF on Linux). Of a
 * longer write nobody knows how much was taken when its reader leaves: `Deno.stdout.write` then throws
 * without a count, and what it took comes again.
 */
const PIPE_BUF = 4096;
/** Each further write of a batch is twice as long, up to what fits into a pipe: its reader is there. */
const LARGEST_WRITE = 64 * 1024;
/** What a line of text mostly has besides the payload, in bytes, or a bit more. */
const BESIDES = 32;

/** Where messages go. */
interface Output {
  write(bytes: Uint8Array): Promise<number>;
  isTerminal(): boolean;
}

const encoder = new TextEncoder();

/**
 * Writes messages to standard output (or another `output`). On a terminal text is shortened to what
 * fits on the screen. Done are those whose bytes were written
 * in full; one that was cut off in the middle is not.
 *
 * @returns With `error` an {@linkcode OutputError} if the output is full or closed.
 */
export async function printMessages(
  messages: DeliveredMessage[],
  format: Format,
  output: Output = Deno.stdout,
): Promise<Handled> {
  const { bytes, ends } = render(messages, toText(format, output));
  let limit = PIPE_BUF;
  for (let done = 0, at = 0; done < ends.length;) {
    const next = endOfGroup(ends, done, at + limit);
    const end = ends[next - 1] ?? 0;
    try {
      while (at < end) at += await output.write(bytes.subarray(at, end));
    } catch (error) {
      const cut = ends.findIndex((end) => end > at);
      return { done: cut, error: explain(error) };
    }
    done = next;
    limit = Math.min(2 * limit, LARGEST_WRITE);
  }
  return { done: ends.length };
}

/** How many messages are done once the next write is: those that end by `limit`, but one at least. */
function endOfGroup(ends: number[], done: number, limit: number): number {
  let next = done + 1;
  while (next < ends.length && (ends[next] ?? 0) <= limit) next++;
  return next;
}

/** What makes a line of a message; nothing does where its bytes go out as they are. */
function toText(
  format: Format,
  output: Output,
): ((message: DeliveredMessage) => string) | undefined {
  if (format === "raw") return undefined;
  if (format === "json") return toJsonLine;
  const received = paint(" [x] Received ", output);
  const most = roomFor(output);
  return ({ body, properties: { contentType } }) =>
    received + describePayload(body, { contentType, most });
}

/** What messages look like, one after the other, and where each ends. */
function render(
  messages: DeliveredMessage[],
  toText: ((message: DeliveredMessage) => string) | undefined,
): { bytes: Uint8Array; ends: number[] } {
  const length = messages.reduce((sum, { body }) => sum + (body?.length ?? 0) + BESIDES, 0);
  let bytes = new Uint8Array(length);
  let at = 0;
  const makeRoom = (needed: number) => {
    if (at + needed <= bytes.length) return;
    const larger = new Uint8Array(Math.max(at + needed, 2 * bytes.length));
    larger.set(bytes.subarray(0, at));
    bytes = larger;
  };
  const add = (text: string) => {
    makeRoom(text.length);
    const { read, written } = encoder.encodeInto(text, bytes.subarray(at));
    at += written;
    if (read === text.length) return;
    // A unit of UTF-16 takes three bytes of UTF-8 at most.
    makeRoom(3 * (text.length - read));
    at += encoder.encodeInto(text.slice(read), bytes.subarray(at)).written;
  };
  const ends = messages.map((message) => {
    if (!toText) {
      const body = message.body ?? new Uint8Array();
      makeRoom(body.length);
      bytes.set(body, at);
      at += body.length;
    } else {
      add(`${toText(message)}\n`);
    }
    return at;
  });
  return { bytes, ends };
}

function explain(error: unknown): OutputError {
  if (error instanceof Deno.errors.BrokenPipe) {
    return new OutputClosedError("Standard output was closed by its reader", { cause: error });
  }
  return new OutputError(`Cannot write to standard output: ${inWords(error)}`, {
    cure: "What was not written in full is still in the queue, unless receive.ack is on_delivery",
    cause: error,
  });
}
