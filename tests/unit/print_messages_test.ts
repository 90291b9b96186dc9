import { assertEquals, assertInstanceOf } from "@std/assert";
import type { DeliveredMessage } from "../../lib/client_types.ts";
import { OutputError } from "../../lib/errors.ts";
import {
  type Format,
  FORMATS,
  OutputClosedError,
  printMessages,
} from "../../lib/print_messages.ts";
import { paint } from "../../lib/screen.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function messagesOf(...bodies: (string | Uint8Array)[]): DeliveredMessage[] {
  return bodies.map((body) => ({
    body: typeof body === "string" ? encoder.encode(body) : body,
    exchange: "",
    routingKey: "q",
    redelivered: false,
    properties: {},
  })) as unknown as DeliveredMessage[];
}

/** Takes at most `most` bytes at once, and fails with `error` after `room` bytes. */
class Output {
  written: number[] = [];

  constructor(readonly most = Infinity, readonly room = Infinity, readonly error: unknown = 0) {}

  write(bytes: Uint8Array): Promise<number> {
    if (this.written.length >= this.room) return Promise.reject(this.error);
    const taken = bytes.subarray(0, Math.min(this.most, this.room - this.written.length));
    this.written.push(...taken);
    return Promise.resolve(taken.length);
  }

  isTerminal(): boolean {
    return false;
  }

  get text(): string {
    return decoder.decode(new Uint8Array(this.written));
  }
}

/** A line as it is written where the user may have forced colour. */
const painted = (line: string) => paint(line, new Output());

/** Format and what is written of the payloads "a\n'" and FF. */
const WRITTEN: Record<Format, string> = {
  text: painted(" [x] Received 'a\\n\\''\n") + painted(" [x] Received '\\xff'\n"),
  json: '{"payload":"a\\n\'","payload_encoding":"string","exchange":"","routing_key":"q",' +
    '"redelivered":false,"properties":{}}\n' +
    '{"payload":"/w==","payload_encoding":"base64","exchange":"","routing_key":"q",' +
    '"redelivered":false,"properties":{}}\n',
  raw: "a\n'\ufffd",
};

for (const format of FORMATS) {
  Deno.test(`printMessages() writes messages in format ${format}, however short the writes`, async () => {
    for (const most of [1, 2, 7, Infinity]) {
      const output = new Output(most);
      const messages = messagesOf("a\n'", new Uint8Array([0xff]));
      assertEquals(await printMessages(messages, format, output), { done: 2 });
      assertEquals(output.text, WRITTEN[format]);
    }
  });
}

Deno.test("printMessages() writes raw bytes as they are, with nothing between them", async () => {
  const output = new Output();
  await printMessages(
    messagesOf(new Uint8Array([0, 255]), "\r\n", new Uint8Array([27])),
    "raw",
    output,
  );
  assertEquals(output.written, [0, 255, 13, 10, 27]);
});

/** Room in the output and how many of the messages "aa", "b" and "ccc" are then done. */
const DONE: [room: number, done: number][] = [[0, 0], [1, 0], [2, 1], [3, 2], [4, 2], [5, 2]];

for (const [room, done] of DONE) {
  Deno.test(`printMessages() is done with ${done} messages when the output fails after ${room} bytes`, async () => {
    for (const most of [1, 2, Infinity]) {
      const output = new Output(most, room, new Error("No space left on device"));
      const handled = await printMessages(messagesOf("aa", "b", "ccc"), "raw", output);
      assertEquals(handled.done, done);
      assertInstanceOf(handled.error, OutputError);
      assertEquals(
        handled.error.message,
        "Cannot write to standard output: No space left on device",
      );
      assertEquals(
        handled.error.cure,
        "What was not written in full is still in the queue, unless receive.ack is on_delivery",
      );
    }
  });
}

Deno.test("printMessages() is not done with a line of text that lacks only its end", async () => {
  const line = " [x] Received 'a'\n";
  const cut = new Output(Infinity, 2 * line.length - 1, new Error("full"));
  assertEquals((await printMessages(messagesOf("a", "a"), "text", cut)).done, 1);
});

Deno.test("printMessages() counts empty payloads before the cut as done, and not those after", async () => {
  const output = new Output(1, 1, new Error("full"));
  assertEquals((await printMessages(messagesOf("", "a", "", "b", ""), "raw", output)).done, 3);
  const all = new Output(1, 0, new Error("full"));
  assertEquals(await printMessages(messagesOf("", ""), "raw", all), { done: 2 });
  assertEquals(await printMessages([], "text", all), { done: 0 });
});

Deno.test("printMessages() tells a closed output from a full one", async () => {
  const error = new Deno.errors.BrokenPipe("Broken pipe");
  const handled = await printMessages(messagesOf("a"), "text", new Output(1, 0, error));
  assertInstanceOf(handled.error, OutputClosedError);
  assertEquals(handled.error.message, "Standard output was closed by its reader");
  assertEquals([handled.done, handled.error.cause], [0, error]);
});

Deno.test("printMessages() escapes the reason when the output fails", async () => {
  const handled = await printMessages(messagesOf("a"), "raw", new Output(1, 0, "\x1b[31m"));
  assertEquals(
    (handled.error as Error).message,
    "Cannot write to standard output: \\x1b[31m",
  );
});

Deno.test("printMessages() writes a message without a body as an empty one", async () => {
  const output = new Output();
  const [message] = messagesOf("") as unknown as [{ body: Uint8Array | null }];
  message.body = null;
  await printMessages([message as unknown as DeliveredMessage], "text", output);
  assertEquals(output.text, painted(" [x] Received ''\n"));
});
