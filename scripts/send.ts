import { loadConfig } from "../lib/config.ts";
import type { Config } from "../lib/config_schema.ts";
import { ConfigError } from "../lib/errors.ts";
import { createMessage, type OutgoingMessage } from "../lib/message.ts";
import { publish } from "../lib/publish.ts";
import { escapeText, printLine, printText, quote } from "../lib/terminal.ts";
import { parseArguments, runMain } from "./_main.ts";

const HELP = `Send the message of the config, or the words given, to a RabbitMQ queue or exchange.

  deno task send [options] [payload words…]

  deno task send                        the message of config.yaml
  deno task send Hello again            the payload "Hello again"
  deno task send --file photo.jpg       the bytes of a file, as one message
  deno task send --lines orders.txt     one message a line
  deno task receive --format json > dump.jsonl
  deno task send --lines dump.jsonl --format json

Options:
  --config FILE    the config (default: config.yaml)
  --set KEY=VALUE  override one key of it, such as --set broker.host=rabbit.example.com; repeatable
  --file FILE      send the bytes of FILE; - is standard input
  --lines FILE     send one message a line of FILE; - is standard input
  --format FORMAT  with --lines, what a line is: text (default), or json as receive writes it
  --quiet          print errors only
  --help           this text

Exit codes: 0 every message was confirmed by the broker and reached a queue · 1 unexpected ·
2 bad config or arguments · 3 no broker · 4 a message was not accepted · 5 topology refused ·
130 forced by a second CTRL+C
`;

await runMain(async (args, signal) => {
  const { values, words } = parseArguments(args, {
    config: { type: "string", default: "config.yaml" },
    set: { type: "string", multiple: true },
    file: { type: "string" },
    lines: { type: "string" },
    format: { type: "string" },
    quiet: { type: "boolean" },
    help: { type: "boolean" },
  });
  if (values.help) {
    printText(HELP);
    return 0;
  }
  const { file, lines, format = "text", quiet } = values;
  if ([file !== undefined, lines !== undefined, words.length > 0].filter(Boolean).length > 1) {
    throw new ConfigError("Cannot send words, --file and --lines at once: choose one");
  }
  if (format !== "text" && format !== "json") {
    throw new ConfigError(`--format "${escapeText(format)}" is neither text nor json`);
  }
  if (values.format !== undefined && lines === undefined) {
    throw new ConfigError("--format goes with --lines");
  }
  const config = await loadConfig(values.config, { set: values.set });
  const report = (line: string) => quiet || printLine(` [*] ${line}`);

  if (lines !== undefined) {
    const { createMessages, describe } = await import("../lib/message_lines.ts");
    const messages = createMessages(lines, format, config);
    const onRefused = (message: OutgoingMessage, reason: string) =>
      printLine(`error: ${describe(message)}: ${reason}`);
    const count = await publish(config, messages, { signal, report, onRefused });
    report(`Sent ${count} ${count === 1 ? "message" : "messages"}`);
    return 0;
  }
  const name = file ?? (words.length ? undefined : config.message.file);
  const message = await createOne(config, name, words);
  await publish(config, [message], { signal, report });
  if (!quiet) {
    const what = name === undefined
      ? quote(message.body)
      : `${quote(name)} (${message.body.length} bytes)`;
    printText(` [x] Sent ${what}\n`);
  }
  return 0;
});

async function createOne(config: Config, file: string | undefined, words: string[]) {
  if (file !== undefined) {
    const { readBytes } = await import("../lib/message_lines.ts");
    return createMessage(config, { payload: await readBytes(file) });
  }
  return createMessage(config, words.length ? { payload: words.join(" ") } : {});
}
