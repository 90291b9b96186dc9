import { abortable } from "../lib/abortable.ts";
import type { DeliveredMessage } from "../lib/client_types.ts";
import { loadConfig } from "../lib/config.ts";
import type { Config } from "../lib/config_schema.ts";
import { describePayload } from "../lib/describe_payload.ts";
import { ConfigError, OutputError, PublishError } from "../lib/errors.ts";
import { inWords } from "../lib/file_failure.ts";
import { createAnother, createMessage, type OutgoingMessage } from "../lib/message.ts";
import { describe, LineMessages, readBytes } from "../lib/message_lines.ts";
import { Progress } from "../lib/progress.ts";
import { type Messages, publish, type PublishCounts, type PublishOptions } from "../lib/publish.ts";
import { request } from "../lib/request.ts";
import { paint, roomFor } from "../lib/screen.ts";
import { escapeText, formatNumber, printLine, printText, quote } from "../lib/terminal.ts";
import { parseArguments } from "./_arguments.ts";
import { readCount, runMain } from "./_main.ts";

const HELP = `Send the message of the config, or the words given, to RabbitMQ.

Usage:
  deno task send [options] [word…]

Examples:
  deno task send                        the message of config.yaml
  deno task send Hello again            the payload "Hello again"
  deno task send --file photo.jpg       the bytes of a file, as one message
  deno task send --lines orders.txt     one message a line
  seq 10 | deno task send --lines -     the same from standard input
  deno task send --repeat 1000 Hello    a thousand times the same
  deno task send --lines dump.jsonl --format json
                                        what receive --format json has written

Options:
  --config FILE    the config (default: config.yaml)
  --set KEY=VALUE  override one key of it; repeatable:
                   --set broker.host=rabbit.example.com
  --file FILE      send the bytes of FILE; - is standard input
  --lines FILE     send one message a line of FILE; - is standard input
  --format FORMAT  with --lines, what a line is: text (default), or json
  --repeat N       send it N times, each with an id of its own (default: once)
  --quiet          print errors only
  -h, --help       print this

Standard input is read only for --file - and --lines -. With message.reply in
the config, send waits for the answer and prints it.

Exit codes:
  0    every message was confirmed by the broker and reached a queue
  1    failed unexpectedly
  2    bad config or arguments
  3    no broker: unreachable, login refused, TLS
  4    a message was not accepted, or not answered
  5    the broker refused the queue, the exchange or a binding
  130  forced by a second CTRL+C
`;

/** How many lines of a terminal what was sent may take. */
const LINES = 3;

await runMain(async (args, signal) => {
  const { values, words } = parseArguments(args, {
    config: { type: "string", default: "config.yaml" },
    set: { type: "string", multiple: true },
    file: { type: "string" },
    lines: { type: "string" },
    format: { type: "string" },
    repeat: { type: "string" },
    quiet: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help) {
    printText(HELP);
    return 0;
  }
  const { file, lines, format = "text", quiet } = values;
  if ([file !== undefined, lines !== undefined, words.length > 0].filter(Boolean).length > 1) {
    throw new ConfigError("Cannot send words, --file and --lines at once: choose one", {
      cure: "Words that belong to one value go in quotes",
    });
  }
  if (format !== "text" && format !== "json") {
    throw new ConfigError(`--format "${escapeText(format)}" is neither text nor json`, {
      cure: "Write --format json for lines that receive --format json has written",
    });
  }
  if (values.format !== undefined && lines === undefined) {
    throw new ConfigError("--format goes with --lines", {
      cure: "Remove it, or name the lines to send: --lines FILE",
    });
  }
  const times = readCount(values.repeat, "--repeat");
  if (times !== undefined && lines !== undefined) {
    throw new ConfigError("Cannot use --repeat with --lines: choose one", {
      cure: "To send a file several times, call send several times",
    });
  }
  const config = await loadConfig(values.config, { set: values.set });
  const report = (line: string) => quiet || printLine(` [*] ${line}`);

  const options = { signal, report };
  if (config.message.reply && (lines ?? times) !== undefined) {
    throw new ConfigError(
      `${lines === undefined ? "--repeat" : "--lines"} sends without waiting for answers`,
      { cure: "Remove message.reply, or send one message at a time" },
    );
  }
  // Someone types: a line that is written anew would be in the way.
  const isTyped = (lines ?? file) === "-" && Deno.stdin.isTerminal();
  if (isTyped) report(`Reading what you type${lines ? ", a message a line" : ""}; CTRL+D ends it`);
  const bulk = { ...options, isLive: !quiet && !isTyped };
  if (lines !== undefined) {
    const messages = new LineMessages(lines, format, config);
    await sendMany(config, messages, bulk);
    // Standard input may have no end, but of a file the rest would be missed.
    if (messages.areTaken || lines === "-") return 0;
    throw new PublishError(`Stopped: the rest of ${escapeText(lines)} was not sent`);
  }

  const name = file ?? (words.length ? undefined : config.message.file);
  const payload = name === undefined ? words.join(" ") : await readWhole(name, signal);
  const isConfigured = name === undefined && words.length === 0;
  const message = createMessage(config, isConfigured ? {} : { payload });
  if (times !== undefined) {
    const count = await sendMany(config, repeat(message, times, config), bulk);
    if (count === times) return 0;
    const [missing, all] = [times - count, times].map(formatNumber);
    throw new PublishError(`Stopped: ${missing} of ${all} messages were not sent`);
  }
  const what = describeSent(message, name);
  if (config.message.reply) {
    const onConfirmed = () => report(`Requested ${what}`);
    await printAnswer(await request(config, message, { ...options, onConfirmed }));
  } else {
    await publish(config, [message], options);
    if (!quiet) printText(` [x] Sent ${what}\n`);
  }
  return 0;
});

/** Standard input may never end. */
async function readWhole(file: string, signal: AbortSignal): Promise<Uint8Array> {
  try {
    return await abortable(readBytes(file), signal);
  } catch (error) {
    throw signal.aborted ? new PublishError("Stopped before anything was sent") : error;
  }
}

function* repeat(
  message: OutgoingMessage,
  times: number,
  config: Config,
): Generator<OutgoingMessage> {
  yield message;
  for (let time = 2; time <= times; time++) yield createAnother(message, config);
}

/** Sends many messages, and says how many; on a terminal also how far it is. */
async function sendMany(
  config: Config,
  messages: Messages,
  { isLive, ...options }: PublishOptions & { report: (line: string) => void; isLive: boolean },
): Promise<number> {
  let counts = (): PublishCounts => ({ confirmed: 0, unconfirmed: 0 });
  using progress = new Progress(() => {
    const { confirmed, unconfirmed } = counts();
    return { count: confirmed, done: "sent", more: `${formatNumber(unconfirmed)} unconfirmed` };
  }, { quiet: !isLive });
  const count = await publish(config, messages, {
    ...options,
    onRefused: (message, reason) => printLine(`error: ${describe(message)}: ${reason}`),
    watch: (tell) => counts = tell,
  });
  const { summary } = progress;
  progress[Symbol.dispose]();
  options.report(`Sent ${formatNumber(count)} ${count === 1 ? "message" : "messages"}${summary}`);
  return count;
}

async function printAnswer({ body, properties }: DeliveredMessage): Promise<void> {
  const { contentType } = properties;
  const answer = describePayload(body, { contentType, most: roomFor(Deno.stdout) });
  const line = new TextEncoder().encode(paint(` [.] Got ${answer}\n`, Deno.stdout));
  try {
    for (let sent = 0; sent < line.length;) sent += await Deno.stdout.write(line.subarray(sent));
  } catch (cause) {
    throw new OutputError(`Cannot write the answer to standard output: ${inWords(cause)}`, {
      cure: "The request has been answered; do not send it again without a reason",
      cause,
    });
  }
}

function describeSent({ body, properties }: OutgoingMessage, file: string | undefined): string {
  if (file === undefined) {
    const { contentType } = properties;
    return describePayload(body, { contentType, most: roomFor(Deno.stdout, LINES) });
  }
  const size = `(${formatNumber(body.length)} bytes)`;
  return `${file === "-" ? "standard input" : quote(file)} ${size}`;
}
