/** Messages out of files and of standard input. */
import type { Config } from "./config_schema.ts";
import { ConfigError } from "./errors.ts";
import { createMessage, type OutgoingMessage } from "./message.ts";
import { readLines } from "./read_lines.ts";
import { escapeText } from "./terminal.ts";

/** Which line a message was, for what is said about it later. */
const origins = new WeakMap<OutgoingMessage, string>();

/**
 * Makes one message of each line of a file; `-` is standard input. Lines are read as they are sent.
 *
 * @throws {ConfigError} If the file cannot be read, or a line is not what `format` says.
 */
export async function* createMessages(
  file: string,
  format: "text" | "json",
  config: Config,
): AsyncGenerator<OutgoingMessage> {
  const { fromJsonLine } = await import("./message_json.ts");
  let number = 0;
  for await (const line of readLines(await openFile(file))) {
    const where = `${file === "-" ? "standard input" : escapeText(file)}:${++number}`;
    const message = format === "json"
      ? fromJsonLine(line, config, where)
      : createMessage(config, { payload: line, contentType: "text/plain" });
    origins.set(message, where);
    yield message;
  }
}

/** Names a message by the line that it was, and by its id. */
export function describe(message: OutgoingMessage): string {
  const id = `message ${escapeText(message.properties.messageId)}`;
  const where = origins.get(message);
  return where === undefined ? id : `${where} (${id})`;
}

/**
 * Reads the whole of a file; `-` is standard input.
 *
 * @throws {ConfigError} If it cannot be read.
 */
export async function readBytes(file: string): Promise<Uint8Array> {
  return new Uint8Array(await new Response(await openFile(file)).arrayBuffer());
}

async function openFile(file: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  if (file === "-") return Deno.stdin.readable;
  try {
    const { isDirectory } = await Deno.stat(file);
    if (isDirectory) throw new ConfigError(`Cannot read "${escapeText(file)}": it is a folder`);
    return (await Deno.open(file)).readable;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const why = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : escapeText(error instanceof Error ? error.message : String(error));
    throw new ConfigError(`Cannot read "${escapeText(file)}": ${why}`, { cause: error });
  }
}
