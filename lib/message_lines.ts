/** Messages out of files and of standard input. */
import { concat } from "./concat.ts";
import type { Config } from "./config_schema.ts";
import { ConfigError } from "./errors.ts";
import { cannotRead } from "./file_failure.ts";
import { createAnother, createMessage, type OutgoingMessage } from "./message.ts";
import { LineTooLongError, readLines } from "./read_lines.ts";
import { escapeText } from "./terminal.ts";

/** What RabbitMQ can be configured to take at most (`max_message_size`), in bytes. */
const LARGEST_PAYLOAD = 512 * 1024 * 1024;

/** A message that was a line, which is named in what is said about it later. */
interface LineMessage extends OutgoingMessage {
  readonly line: number;
  readonly lines: LineMessages;
}

/** The messages of the lines of a file: the lines are read, and made messages of, as they are sent. */
export class LineMessages implements AsyncIterable<Iterable<OutgoingMessage>> {
  readonly #name: string;
  /** How many batches have lines that were not taken yet. */
  #open = 0;
  #line = 0;
  #isAtEnd = false;

  /** Takes a file, `-` is standard input, and what a line is. */
  constructor(
    readonly file: string,
    readonly format: "text" | "json",
    readonly config: Config,
  ) {
    this.#name = file === "-" ? "standard input" : escapeText(file);
  }

  /** Whether the file has been read to its end, and all its messages were taken. */
  get areTaken(): boolean {
    return this.#isAtEnd && this.#open === 0;
  }

  /**
   * Gives the messages, those of one read from the file together.
   *
   * @throws {ConfigError} If the file cannot be read, or a line is too long or not what `format` says.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Iterable<OutgoingMessage>> {
    const toMessage = this.format === "json" ? await this.#fromJson() : this.#fromText();
    try {
      for await (
        const lines of readLines(await openFile(this.file), { longest: LARGEST_PAYLOAD })
      ) {
        this.#open++;
        yield this.#messages(lines, toMessage);
      }
    } catch (error) {
      if (!(error instanceof LineTooLongError)) throw error;
      const cure = this.format === "json"
        ? "It is read as a whole; a payload as large as that is sent with --file"
        : "RabbitMQ takes no larger message; a line ends with a newline";
      throw tooLong(this.file, { what: "a line", cure, cause: error });
    }
    this.#isAtEnd = true;
  }

  *#messages(
    lines: Iterable<Uint8Array>,
    toMessage: (line: Uint8Array) => OutgoingMessage,
  ): Generator<OutgoingMessage> {
    const iterator = lines[Symbol.iterator]();
    for (let next = iterator.next(); !next.done;) {
      const bytes = next.value;
      next = iterator.next();
      // Who takes the last one need not ask whether there are more.
      if (next.done) this.#open--;
      const line = ++this.#line;
      const { exchange, routingKey, properties, body } = toMessage(bytes);
      const message: LineMessage = { exchange, routingKey, properties, body, line, lines: this };
      yield message;
    }
  }

  #fromText(): (line: Uint8Array) => OutgoingMessage {
    let first: OutgoingMessage | undefined;
    return (line) => {
      if (first) return createAnother(first, this.config, line);
      return first = createMessage(this.config, { payload: line, contentType: "text/plain" });
    };
  }

  async #fromJson(): Promise<(line: Uint8Array) => OutgoingMessage> {
    const { fromJsonLine } = await import("./message_json.ts");
    return (line) => fromJsonLine(line, this.config, this.place(this.#line));
  }

  /** Names a line. */
  place(line: number): string {
    return `${this.#name}:${line}`;
  }
}

/** Names a message by the line that it was, and by its id. */
export function describe(message: OutgoingMessage): string {
  const id = `message ${escapeText(message.properties.messageId)}`;
  const { lines, line } = message as Partial<LineMessage>;
  return lines && line ? `${lines.place(line)} (${id})` : id;
}

/**
 * Reads the whole of a file; `-` is standard input.
 *
 * @throws {ConfigError} If it cannot be read.
 */
export async function readBytes(file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // A device may have no end.
  for await (const chunk of await openFile(file)) {
    length += chunk.length;
    if (length > LARGEST_PAYLOAD) {
      const cure = "RabbitMQ takes no larger message; to send one message a line, use --lines";
      throw tooLong(file, { what: "it", cure });
    }
    chunks.push(chunk);
  }
  return concat(chunks);
}

function tooLong(
  file: string,
  { what, ...details }: { what: string; cure: string; cause?: unknown },
): ConfigError {
  const name = file === "-" ? "standard input" : `"${escapeText(file)}"`;
  return new ConfigError(`Cannot send ${name}: ${what} has more than 512 MiB`, details);
}

async function openFile(file: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  if (file === "-") return Deno.stdin.readable;
  try {
    const { isDirectory } = await Deno.stat(file);
    if (isDirectory) {
      throw new ConfigError(`Cannot read "${escapeText(file)}": it is a folder`, {
        cure: "Name one of the files in it",
      });
    }
    return (await Deno.open(file)).readable;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw cannotRead(file, error);
  }
}
