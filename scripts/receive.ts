import type { DeliveredMessage } from "../lib/client_types.ts";
import { loadConfig } from "../lib/config.ts";
import type { Config } from "../lib/config_schema.ts";
import { consume } from "../lib/consume.ts";
import { describePayload } from "../lib/describe_payload.ts";
import { parseDuration } from "../lib/duration.ts";
import { ConfigError } from "../lib/errors.ts";
import type { Handler } from "../lib/handler.ts";
import { type Format, FORMATS, OutputClosedError, printMessages } from "../lib/print_messages.ts";
import { roomFor } from "../lib/screen.ts";
import { escapeText, formatNumber, printLine, printText } from "../lib/terminal.ts";
import { parseArguments } from "./_arguments.ts";
import { readCount, runMain } from "./_main.ts";

const HELP = `Print the messages of a RabbitMQ queue, or hand them to a handler or command.

Usage:
  deno task receive [options]
  deno task work [options]

Examples:
  deno task receive                     every message as it comes, until CTRL+C
  deno task receive --count 1           exactly one
  deno task receive --idle 2s           until none has come for two seconds
  deno task receive --idle 2s --format json > dump.jsonl
                                        all there are, for send --lines
  deno task work --config hooks.yaml    each one by the command of hooks.yaml

Options:
  --config FILE    the config (default: config.yaml)
  --set KEY=VALUE  override one key of it; repeatable: --set queue.name=orders
  --count N        end after N messages, and take no more than these; an attempt
                   on which a handler fails counts (default: no end)
  --idle DURATION  end when no message has come for so long: 500ms, 10s, 2m, 1h
                   (default: no end)
  --format FORMAT  text (default): the payload on a line; on a terminal cut to
                   what fits on the screen, in a pipe or file whole
                   json: all of the message on a line
                   raw: the bytes of the payload and nothing else; not on a
                   terminal, which they could drive
                   With --format it prints even if the config has a handler
  --quiet          print messages and errors only
  -h, --help       print this

A message is acknowledged once it is printed, or handled; until then it stays
in the queue.

With receive.handler (a TypeScript file) or receive.exec (a command) in the
config, messages are not printed but handled. receive may read files and use the
network, which is enough for most handlers; work may also run programs, which
receive.exec needs, and is the same otherwise. A message that fails is tried
again and in the end dead-lettered; deno task replay moves it back.

Exit codes:
  0    done
  1    failed unexpectedly, or standard output cannot be written
  2    bad config or arguments
  3    no broker: unreachable, login refused, TLS
  4    a copy of a failed message was not accepted
  5    the broker refused the queue, the exchange or a binding
  130  forced by a second CTRL+C
`;

/** How many lines of a terminal what was handled may take. */
const LINES = 3;

await runMain(async (args, signal) => {
  const { values, words } = parseArguments(args, {
    config: { type: "string", default: "config.yaml" },
    set: { type: "string", multiple: true },
    count: { type: "string" },
    idle: { type: "string" },
    format: { type: "string" },
    quiet: { type: "boolean" },
    help: { type: "boolean", short: "h" },
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
    const onDone = ({ body, properties: { contentType } }: DeliveredMessage) => {
      report(`Done ${describePayload(body, { contentType, most: roomFor(Deno.stderr, LINES) })}`);
    };
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
    report(
      `${error.message} after ${formatNumber(printed)} messages; others that came are ${rest}`,
    );
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
  if (format === "raw" && Deno.stdout.isTerminal()) {
    throw new ConfigError(
      "--format raw is not for terminals: what is in a message would drive it",
      {
        cure:
          "Write it to a file or a pipe (| cat, if you trust the messages), or use --format text",
      },
    );
  }
  if (format) return format;
  throw new ConfigError(`--format "${escapeText(text)}" is none of ${FORMATS.join(", ")}`, {
    cure: "text is for people, json has all of a message, raw the bytes of its payload alone",
  });
}
