import { stripVTControlCharacters } from "node:util";
import { pathToFileURL } from "node:url";
import type { ReceiveConfig } from "./config_schema.ts";
import { ConfigError } from "./errors.ts";
import type { Handler } from "./handler.ts";
import { escapeText } from "./terminal.ts";

/**
 * Gets the handler that the config names: the default export of `receive.handler`, or one that runs the
 * command `receive.exec`; `undefined` if it names neither.
 *
 * @throws {ConfigError} If the file does not exist, cannot be loaded, or exports no function; or if
 *   there is no permission to run the command.
 */
export async function loadHandler(
  { handler, exec }: Pick<ReceiveConfig, "handler" | "exec">,
): Promise<Handler | undefined> {
  if (handler !== undefined) return await importHandler(handler);
  if (exec === undefined) return undefined;
  const { execHandler } = await import("./exec_handler.ts");
  return execHandler(exec);
}

async function importHandler(file: string): Promise<Handler> {
  const shown = `"${escapeText(file)}"`;
  // What import says of a file that does not exist, it says of one that this file imports too.
  const isMissing = await Deno.stat(file).then(() => false, isNotFound);
  if (isMissing) {
    throw new ConfigError(`receive.handler: there is no file ${shown}`, {
      cure: "Name it relative to the folder of the config file",
    });
  }
  if ((await Deno.stat(file)).isDirectory) {
    throw new ConfigError(`receive.handler: ${shown} is a folder`, {
      cure: "Name the file in it that exports the handler",
    });
  }
  let exported: { default?: unknown };
  try {
    exported = await import(pathToFileURL(file).href);
  } catch (error) {
    throw new ConfigError(`receive.handler: cannot load ${shown}: ${onOneLine(error)}`, {
      cure: `To see more of it: deno run ${shown}`,
      cause: error,
    });
  }
  if (typeof exported.default === "function") return exported.default as Handler;
  const why = "default" in exported
    ? `the default export of ${shown} is not a function`
    : `${shown} has no default export`;
  throw new ConfigError(`receive.handler: ${why}`, {
    cure: "Write in it: export default (message, context) => { … }",
  });
}

function isNotFound(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound;
}

/** What an error says, without colors and without the excerpt of the source that Deno adds. */
function onOneLine(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  const lines = stripVTControlCharacters(message).split("\n");
  const words = lines.filter((line) => !/^\s*\d*\s*\|/.test(line));
  return escapeText(words.map((line) => line.trim().replace(/\.$/, "")).join(" "));
}
