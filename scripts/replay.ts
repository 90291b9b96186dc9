import { loadConfig } from "../lib/config.ts";
import { ConfigError } from "../lib/errors.ts";
import { deadLetterQueue } from "../lib/failures.ts";
import { replay } from "../lib/replay.ts";
import { escapeText, formatNumber, printLine, printText, quote } from "../lib/terminal.ts";
import { parseArguments } from "./_arguments.ts";
import { readCount, runMain } from "./_main.ts";

const HELP = `Move dead-lettered messages back to the queues they failed in, to be tried anew.

Usage:
  deno task replay [options]

Examples:
  deno task replay --config hooks.yaml            all that are there now
  deno task replay --config hooks.yaml --count 1  the first of them

Options:
  --config FILE    the config (default: config.yaml)
  --set KEY=VALUE  override one key of it; repeatable: --set queue.name=orders
  --count N        move N messages at most, besides those that cannot be moved
                   (default: all that are there now)
  --quiet          print errors only
  -h, --help       print this

Exit codes:
  0    done
  1    failed unexpectedly
  2    bad config or arguments
  3    no broker: unreachable, login refused, TLS; or it delivers nothing
  4    a message was not accepted, its queue is gone, say; it stays where it was
  5    there is no such dead-letter queue, or no permission
  130  forced by a second CTRL+C
`;

await runMain(async (args, signal) => {
  const { values, words } = parseArguments(args, {
    config: { type: "string", default: "config.yaml" },
    set: { type: "string", multiple: true },
    count: { type: "string" },
    quiet: { type: "boolean" },
    help: { type: "boolean", short: "h" },
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
  const messages = `${formatNumber(moved)} ${moved === 1 ? "message" : "messages"}`;
  report(`Moved ${messages} from ${quote(deadLetterQueue(config))}`);
  return 0;
});
