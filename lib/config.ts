/** Text → {@linkcode Config}: parse, override, fill in variables, validate; all errors together. */
import * as v from "valibot";
import { isMap, LineCounter } from "yaml";
import { applyOverrides } from "./config_overrides.ts";
import { type Problem, problemsError } from "./config_place.ts";
import { describeIssues } from "./config_problem.ts";
import { type Config, ConfigSchema } from "./config_schema.ts";
import { coerceVariables, fillVariables } from "./config_variables.ts";
import { aliasProblem, parseYaml, syntaxProblems, toValue } from "./config_yaml.ts";
import { ConfigError } from "./errors.ts";
import { cannotRead, lookedFor } from "./file_failure.ts";
import { ABSOLUTE, resolvePath } from "./resolve_path.ts";
import { escapeText } from "./terminal.ts";

/** A config file larger than this, in bytes, is a mistake. */
const LARGEST_FILE = 1024 * 1024;

/** How a config is read. */
export interface ConfigOptions {
  /** Overrides such as `queue.name=orders`; the value is YAML. Default: none. */
  set?: readonly string[] | undefined;
  /** Looks up an environment variable. Default: `Deno.env.get`, which needs `--allow-env=AMQP_*`. */
  env?: ((name: string) => string | undefined) | undefined;
  /** Is told each step in which nothing was wrong. Default: nobody. */
  passed?: ((step: ConfigStep) => void) | undefined;
}

/** What reading a config is made of, in this order. */
export type ConfigStep = "file" | "syntax" | "overrides" | "variables" | "keys";

/**
 * Reads and validates a config file. `${AMQP_NAME}` and `${AMQP_NAME:-default}` are filled in from
 * the environment; paths in it are relative to its folder.
 *
 * @throws {ConfigError} If the file cannot be read or anything in it is wrong: one error for all of
 *   it, each line with file:line:column, the key, its value and what would be right.
 */
export function loadConfig(path: string, options: ConfigOptions = {}): Promise<Config> {
  return Promise.try(() => {
    const text = readText(path);
    options.passed?.("file");
    return parseConfig(text, { ...options, path });
  });
}

/**
 * Validates the text of a config; see {@linkcode loadConfig}. `path` (default: `config.yaml`) is
 * what errors name and what paths in the text are relative to.
 *
 * @throws {ConfigError} If anything in it is wrong.
 */
export function parseConfig(
  text: string,
  options: ConfigOptions & { path?: string } = {},
): Config {
  const { path = "config.yaml", set = [], env = (name) => Deno.env.get(name) } = options;
  const passed = (step: ConfigStep) => problems.length || options.passed?.(step);
  const lines = new LineCounter();
  const doc = parseYaml(text, lines);
  const problems = syntaxProblems(doc, lines);
  if (!problems.length && doc.contents !== null && !isMap(doc.contents)) {
    const message = "the file must be a mapping of keys such as broker: and queue:";
    problems.push({ path: [], message });
  }
  passed("syntax");
  const overridden = problems.length ? [] : applyOverrides(doc, set, problems);
  passed("overrides");
  const filled = fillVariables(doc, env, problems);
  passed("variables");
  const fail = (problems: Problem[]) =>
    problemsError(problems, { doc, lines, file: path, text, overridden });
  if (problems.length) throw fail(problems);

  let value: unknown;
  try {
    value = toValue(doc);
  } catch (error) {
    throw fail([aliasProblem(error)]);
  }
  let result = v.safeParse(ConfigSchema, value, { abortPipeEarly: true });
  if (!result.success && coerceVariables(value, filled, result.issues)) {
    result = v.safeParse(ConfigSchema, value, { abortPipeEarly: true });
  }
  if (!result.success) throw fail(describeIssues(result.issues, doc));
  passed("keys");
  return resolvePaths(result.output, path);
}

function readText(path: string): string {
  const shown = escapeText(path);
  try {
    // At once, because there is nothing else to do meanwhile: a wait costs a millisecond each.
    const info = Deno.statSync(path);
    if (info.isDirectory) {
      throw new ConfigError(`Cannot read config: "${shown}" is a folder`, {
        cure: `Name a file in it: --config ${shown.replace(/\/*$/, "")}/config.yaml`,
      });
    }
    // To open a pipe that nobody writes to would wait without end, deaf to CTRL+C.
    if (!info.isFile) throw new ConfigError(`Cannot read config: "${shown}" is no file`);
    if (info.size > LARGEST_FILE) {
      throw new ConfigError(
        `Cannot read config: "${shown}" has ${info.size} bytes, more than 1 MiB`,
      );
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(Deno.readFileSync(path));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (error instanceof Deno.errors.NotFound) {
      throw new ConfigError(`Cannot read config: there is no file "${shown}"`, {
        cure: ABSOLUTE.test(path)
          ? "Check its name after --config"
          : `${lookedFor()}: --config FILE`,
        cause: error,
      });
    }
    if (error instanceof TypeError) {
      throw new ConfigError(`Cannot read config "${shown}": it is not UTF-8 text`, {
        cure: "Save it as UTF-8",
        cause: error,
      });
    }
    if (path === "") throw new ConfigError("--config names no file", { cause: error });
    throw cannotRead(path, error, "config ");
  }
}

function resolvePaths(config: Config, path: string): Config {
  const resolve = (file: string) => resolvePath(file, path);
  const { broker, message, receive } = config;
  const { tls } = broker;
  if (broker.password_file !== undefined) broker.password_file = resolve(broker.password_file);
  if (typeof tls === "object") {
    for (const key of ["ca", "cert", "key"] as const) if (tls[key]) tls[key] = resolve(tls[key]);
  }
  if (message.file !== undefined) message.file = resolve(message.file);
  if (receive.handler !== undefined) receive.handler = resolve(receive.handler);
  const [program, ...args] = receive.exec ?? [];
  // Without a slash it is looked for in the PATH.
  if (program?.includes("/")) receive.exec = [resolve(program), ...args];
  return config;
}
