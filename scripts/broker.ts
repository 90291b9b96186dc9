/** `deno task broker`: a RabbitMQ of this project's own, in the foreground. */
import { fileURLToPath } from "node:url";
import { ConfigError, ConnectionError, ExitCode } from "../lib/errors.ts";
import { type LocalRabbitmq, startLocalRabbitmq } from "../lib/local_rabbitmq.ts";
import { printLine, printText, quote } from "../lib/terminal.ts";
import { parseArguments } from "./_arguments.ts";
import { runMain } from "./_main.ts";

const HELP = `Run a private RabbitMQ on this machine, for this machine only, until CTRL+C.

Usage:
  deno task broker [options]

Examples:
  deno task broker
  deno task broker --port 5673    for: deno task send --set broker.port=5673

Options:
  --port PORT   the port for AMQP (default: 5672)
  -h, --help    print this

Its data stays in .rabbitmq/ of the project's folder. Where RabbitMQ is not
installed, root on Debian or Ubuntu gets it with apt-get.

Exit codes:
  0    stopped by CTRL+C
  1    failed unexpectedly
  2    bad arguments
  3    RabbitMQ is not there, does not start, or ended by itself
  130  forced by a second CTRL+C
`;

const dir = fileURLToPath(new URL("../.rabbitmq/", import.meta.url));

await runMain(async (args, signal) => {
  const { values, words } = parseArguments(args, {
    port: { type: "string", default: "5672" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help) {
    printText(HELP);
    return ExitCode.Ok;
  }
  if (words[0] !== undefined) throw new ConfigError(`Cannot take the argument ${quote(words[0])}`);
  const port = parsePort(values.port);

  printLine(` [*] Starting RabbitMQ on port ${port} …`);
  try {
    await using node = await startLocalRabbitmq({
      dir,
      port,
      log: (line) => printLine(` [*] ${line}`),
      signal,
    });
    printLine(` [*] RabbitMQ listens on amqp://localhost:${port} (user and password: guest)`);
    printLine(` [*] Data: ${node.dir}`);
    printLine(` [*] Log: ${node.logFile}`);
    printLine(" [*] To look into it: deno task rabbitmqctl list_queues");
    printLine(" [*] To stop it press CTRL+C");
    await untilStopped(node, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  printLine(" [*] RabbitMQ has stopped");
  return ExitCode.Ok;
});

function parsePort(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : NaN;
  if (port >= 1 && port <= 65535) return port;
  throw new ConfigError(`Cannot use --port ${quote(text)}: it is not from 1 to 65535`);
}

async function untilStopped(node: LocalRabbitmq, signal: AbortSignal): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => stopped.resolve());
  if (signal.aborted) return;
  await Promise.race([stopped.promise, node.exited]);
  if (signal.aborted) {
    printLine(" [*] Stopping RabbitMQ …");
  } else {
    throw new ConnectionError("RabbitMQ ended by itself", { cure: `See its log: ${node.logFile}` });
  }
}
