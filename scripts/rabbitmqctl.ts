/** `deno task rabbitmqctl ARGS…`: asks the RabbitMQ that `deno task broker` runs. */
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { ConnectionError, ExitCode } from "../lib/errors.ts";
import { attachLocalRabbitmq } from "../lib/local_rabbitmq.ts";
import { escapeText, printLine, printText } from "../lib/terminal.ts";
import { runMain } from "./_main.ts";

const HELP = `Run rabbitmqctl on the RabbitMQ that deno task broker runs.

Usage:
  deno task rabbitmqctl COMMAND [arguments and options of the command]

Examples:
  deno task rabbitmqctl list_queues            names, and how many messages
  deno task rabbitmqctl list_queues name type consumers
  deno task rabbitmqctl delete_queue hello     with the messages in it
  deno task rabbitmqctl help                   every command
  deno task rabbitmqctl help list_queues       one of them

Options:
  -h, --help    print this, if it comes first; RabbitMQ gets all other options

Exit codes:
  0    done
  1    rabbitmqctl failed
  3    deno task broker does not run
`;

const dir = fileURLToPath(new URL("../.rabbitmq/", import.meta.url));

await runMain(async (args) => {
  if (args[0] === "--help" || args[0] === "-h") {
    printText(HELP);
    return ExitCode.Ok;
  }
  const node = await attachLocalRabbitmq(dir).catch((error) => {
    throw new ConnectionError(error.message, { cure: "Start it: deno task broker" });
  });
  try {
    printText(await node.rabbitmqctl(...args));
    return ExitCode.Ok;
  } catch (error) {
    const lines = (error instanceof Error ? error.message : String(error)).split("\n");
    // RabbitMQ prints headings in bold, whoever reads them.
    lines.forEach((line) => printLine(escapeText(stripVTControlCharacters(line))));
    return ExitCode.Unexpected;
  }
});
