/** `deno task rabbitmqctl ARGS…`: asks the RabbitMQ that `deno task broker` runs. */
import { fileURLToPath } from "node:url";
import { ConnectionError, ExitCode } from "../lib/errors.ts";
import { attachLocalRabbitmq } from "../lib/local_rabbitmq.ts";
import { escapeText, printLine, printText } from "../lib/terminal.ts";
import { runMain } from "./_main.ts";

const dir = fileURLToPath(new URL("../.rabbitmq/", import.meta.url));

await runMain(async (args) => {
  const node = await attachLocalRabbitmq(dir).catch((error) => {
    throw new ConnectionError(error.message, { cure: "Start it: deno task broker" });
  });
  try {
    printText(await node.rabbitmqctl(...args));
    return ExitCode.Ok;
  } catch (error) {
    const lines = (error instanceof Error ? error.message : String(error)).split("\n");
    lines.forEach((line) => printLine(escapeText(line)));
    return ExitCode.Unexpected;
  }
});
