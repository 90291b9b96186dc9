import { loadConfig } from "../lib/config.ts";
import { ConfigError } from "../lib/errors.ts";
import { deadLetterQueue } from "../lib/failures.ts";
import { replay } from "../lib/replay.ts";
import { escapeText, printLine, printText, quote } from "../lib/terminal.ts";
import { parseArguments } from "./_arguments.ts";
import { readCount, runMain } from "./_main.ts";

const HELP = `Move dead-lettered messages back to the queues in which they failed, to be tried
anew.

  deno task replay [options]

  deno task replay --config orders.yaml        all that are there now
  deno task replay --config orders.yaml --count 1

Options:
  --config FILE    the config (default: config.yaml)
  --set KEY=VALUE  override one key of it; repeatable
  --count N        move N messages at most
  --quiet          print errors only
  --help           this text

Exit codes: 0 done · 1 unexpected · 2 bad config or arguments · 3 no broker ·
4 a message was not accepted: its queue is gone, say; it stays where it was ·
5 there is no such dead-letter queue, or no permission · 130 forced by a second
CTRL+C
`;

await runMain(async (args, signal) => {
  const { values, words } = parseArguments(args, {
    config: { type: "string", default: "config.yaml" },
    set: { type: "string", multiple: true },
    count: { type: "string" },
    quiet: { type: "boolean" },
    help: { type: "boolean" },
  });
  if (values.help) {
    printText(HELP);
    return 0;
  }
  if (words.length) {
    throw new ConfigError(`replay takes no words, but has "${escapeText(words.join(" "))}"`, {
      cure: "Its options begin with --, as --help says",
    });
  }
  const count = readCount(values.count);
  const config = await loadConfig(values.config, { set: values.set });
  const report = (line: string) => values.quiet || printLine(` [*] ${line}`);
  const moved = await replay(config, { signal, count, report });
  report(
    `Moved ${moved} ${moved === 1 ? "message" : "messages"} from ${quote(deadLetterQueue(config))}`,
  );
  return 0;
});
