import type { DeliveredMessage } from "../lib/client_types.ts";
import { loadConfig } from "../lib/config.ts";
import type { Config } from "../lib/config_schema.ts";
import { consume } from "../lib/consume.ts";
import { parseDuration } from "../lib/duration.ts";
import { ConfigError } from "../lib/errors.ts";
import type { Handler } from "../lib/handler.ts";
import { type Format, FORMATS, OutputClosedError, printMessages } from "../lib/print_messages.ts";
import { escapeText, printLine, printText, quote } from "../lib/terminal.ts";
import { parseArguments } from "./_arguments.ts";
import { readCount, runMain } from "./_main.ts";

const HELP = `Print the messages of a RabbitMQ queue until CTRL+C, or hand them to the
receive.handler or receive.exec of the config.

  deno task receive [options]
  deno task work [options]              the same, and may run programs

  deno task receive                     every message, as it comes
  deno task receive --count 1           exactly one
  deno task receive --idle 2s           until none has come for two seconds
  deno task receive --format json       a line of JSON each, with all of it

A message is acknowledged once it is written in full, or handled; until then it
stays in the queue.

Options:
  --config FILE    the config (default: config.yaml)
  --set KEY=VALUE  override one key of it; repeatable: --set queue.name=orders
  --count N        end after N messages, and take no more than these
  --idle DURATION  end when no message has come for so long: 500ms, 10s, 2m, 1h
  --format FORMAT  text (default), json, or raw: the bytes of the payload and
                   nothing else; prints also where the config has a handler
  --quiet          print messages and errors only
  --help           this text

Exit codes: 0 done · 1 unexpected, or standard output cannot be written ·
2 bad config or arguments · 3 no broker · 4 a copy of a failed message was not
accepted · 5 topology refused · 130 forced by a second CTRL+C
`;

await runMain(async (args, signal) => {
  const { values, words } = parseArguments(args, {
    config: { type: "string", default: "config.yaml" },
    set: { type: "string", multiple: true },
    count: { type: "string" },
    idle: { type: "string" },
    format: { type: "string" },
    quiet: { type: "boolean" },
    help: { type: "boolean" },
  });
  if (values.help) {
    printText(HELP);
    return 0;
  }
  if (words.length) {
    throw new ConfigError(`receive takes no words, but has "${escapeText(words.join(" "))}"`, {
      cure: "Its options begin with --, as --help says",
    });
  }
  const count = readCount(values.count);
  const idle = readIdle(values.idle);
  const config = await loadConfig(values.config, { set: values.set });
  const report = (line: string) => values.quiet || printLine(` [*] ${line}`);
  const onReady = () => report("Waiting for messages. To exit press CTRL+C");
  const options = { signal, count, idle, report, onReady };
  const handler = values.format === undefined ? await loadHandler(config) : undefined;
  if (handler) {
    const { receive } = await import("../lib/receive.ts");
    const onDone = ({ body }: DeliveredMessage) => report(`Done ${quote(body ?? "")}`);
    await receive(config, handler, { ...options, onDone });
    return 0;
  }
  const format = readFormat(values.format ?? "text");
  let printed = 0;
  const print = async (messages: DeliveredMessage[]) => {
    const handled = await printMessages(messages, format);
    printed += handled.done;
    return handled;
  };
  try {
    await consume(config, print, options);
  } catch (error) {
    // Whoever reads has seen enough: `receive | head -1` is no failure.
    if (!(error instanceof OutputClosedError)) throw error;
    const rest = config.receive.ack === "on_success" ? "still in the queue" : "lost";
    report(`${error.message} after ${printed} messages; others that came are ${rest}`);
  }
  return 0;
});

/** What handles messages is loaded only where it is needed: start-up time. */
async function loadHandler({ receive }: Config): Promise<Handler | undefined> {
  if (!(receive.handler ?? receive.exec)) return undefined;
  return await (await import("../lib/load_handler.ts")).loadHandler(receive);
}

function readIdle(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const idle = parseDuration(text);
  if (idle) return idle;
  throw new ConfigError(
    `--idle "${escapeText(text)}" is no duration above 0`,
    { cure: "Write a number and a unit: 500ms, 10s, 2m or 1h" },
  );
}

function readFormat(text: string): Format {
  const format = FORMATS.find((known) => known === text);
  if (format) return format;
  throw new ConfigError(`--format "${escapeText(text)}" is none of ${FORMATS.join(", ")}`, {
    cure: "text is for people, json has all of a message, raw the bytes of its payload alone",
  });
}
