import { ConfigError, ExitCode } from "../lib/errors.ts";
import { printLine, printText } from "../lib/terminal.ts";
import { isFine, report } from "../tests/soak/report.ts";
import { soak } from "../tests/soak/soak.ts";
import { parseArguments } from "./_arguments.ts";
import { runMain } from "./_main.ts";

const HELP = `Let messages flow through three RabbitMQ nodes while faults come, and count what
is lost.

Usage:
  deno task soak [options]

Examples:
  deno task soak > soak.md      the report goes to standard output
  deno task soak --seed 1 --faults 5 --messages 3000
                                a short one; a seed means the same faults, in
                                the same order, for the same time

Options:
  --seed N       which faults come, and in which order (default: a random one)
  --faults N     how many (default: 30, some seven minutes)
  --messages N   goes on until so many were confirmed (default: 200000)
  --senders N    how many senders (default: 4)
  --receivers N  how many receivers (default: 3)
  --rate N       messages a second, of all senders together (default: 600)
  -h, --help     print this

Nodes, connections, senders and receivers are killed, frozen and cut.

Exit codes:
  0    nothing was lost
  1    something was, or ended as it should not
  2    bad arguments
  3    no RabbitMQ, or it does not start
  130  forced by a second CTRL+C
`;

await runMain(async (args, signal) => {
  const { values, words } = parseArguments(args, {
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
    faults: { type: "string", default: "30" },
    messages: { type: "string", default: "200000" },
    senders: { type: "string", default: "4" },
    receivers: { type: "string", default: "3" },
    rate: { type: "string", default: "600" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help) {
    printText(HELP);
    return ExitCode.Ok;
  }
  if (words.length) throw new ConfigError("soak takes no words");
  const options = {
    seed: readNumber("seed", values.seed),
    faults: readNumber("faults", values.faults),
    messages: readNumber("messages", values.messages),
    senders: readNumber("senders", values.senders),
    receivers: readNumber("receivers", values.receivers),
    rate: readNumber("rate", values.rate),
    signal,
    log: (line: string) => printLine(` [*] ${line}`),
  };
  options.log(`Seed ${options.seed}`);
  const result = await soak(options);
  printText(report(options, result));
  return isFine(result) ? ExitCode.Ok : ExitCode.Unexpected;
});

function readNumber(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new ConfigError(`--${option} "${text}" is not a whole number from 1 on`);
}
