/** Text → {@linkcode Config}: parse, override, fill in variables, validate; all errors together. */
import { dirname, isAbsolute, join } from "node:path";
import * as v from "valibot";
import { Document, isCollection, isMap, isScalar, LineCounter, parseDocument, visit } from "yaml";
import type { Node, Pair, Scalar } from "yaml";
import { type Config, ConfigSchema } from "./config_schema.ts";
import { describeIssues, type Place, type Problem } from "./config_problem.ts";
import { ConfigError } from "./errors.ts";
import { escapeText } from "./terminal.ts";

/** A config file larger than this, in bytes, is a mistake. */
const LARGEST_FILE = 1024 * 1024;
/** More aliases than this are an attack, or a mistake. */
const MOST_ALIASES = 100;

/** How a config is read. */
export interface ConfigOptions {
  /** Overrides such as `queue.name=orders`; the value is YAML. Default: none. */
  set?: readonly string[] | undefined;
  /** Looks up an environment variable. Default: `Deno.env.get`, which needs `--allow-env=AMQP_*`. */
  env?: ((name: string) => string | undefined) | undefined;
}

/**
 * Reads and validates a config file. `${AMQP_NAME}` and `${AMQP_NAME:-default}` are filled in from
 * the environment; paths in it are relative to its folder.
 *
 * @throws {ConfigError} If the file cannot be read or anything in it is wrong: one error for all of
 *   it, each line with file:line:column, the key, its value and what would be right.
 */
export async function loadConfig(path: string, options: ConfigOptions = {}): Promise<Config> {
  return parseConfig(await readText(path), { ...options, path });
}

/**
 * Validates the text of a config; see {@linkcode loadConfig}. `path` (default: `config.yaml`) is
 * what errors name and what paths in the text are relative to.
 *
 * @throws {ConfigError} If anything in it is wrong.
 */
export function parseConfig(
  text: string,
  { path = "config.yaml", set = [], env = (name) => Deno.env.get(name) }: ConfigOptions & {
    path?: string;
  } = {},
): Config {
  const lines = new LineCounter();
  const doc = parseYaml(text, lines);
  const problems: Problem[] = syntaxProblems(doc);
  if (!problems.length && doc.contents !== null && !isMap(doc.contents)) {
    problems.push({
      path: [],
      message: "the file must be a mapping of keys such as broker: and queue:",
    });
  }
  const overridden = problems.length ? [] : applyOverrides(doc, set, problems);
  const filled = fillVariables(doc, env, problems);

  const place: Place = { doc, lines, file: path, overridden };
  if (problems.length) throw problemsError(problems, place);
  const value = toValue(doc, place);
  let result = v.safeParse(ConfigSchema, value);
  if (!result.success && coerceVariables(value, filled, result.issues)) {
    result = v.safeParse(ConfigSchema, value);
  }
  if (!result.success) throw problemsError(describeIssues(result.issues, doc), place);
  return resolvePaths(result.output, dirname(path));
}

async function readText(path: string): Promise<string> {
  const shown = escapeText(path);
  try {
    const info = await Deno.stat(path);
    if (info.isDirectory) throw new ConfigError(`Cannot read config: "${shown}" is a folder`);
    if (info.size > LARGEST_FILE) {
      throw new ConfigError(
        `Cannot read config: "${shown}" has ${info.size} bytes, more than 1 MiB`,
      );
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (error instanceof Deno.errors.NotFound) {
      throw new ConfigError(`Cannot read config: there is no file "${shown}"`, {
        cure: "Name another one with --config FILE",
        cause: error,
      });
    }
    const why = error instanceof TypeError ? "it is not UTF-8 text" : escapeText(String(error));
    throw new ConfigError(`Cannot read config "${shown}": ${why}`, { cause: error });
  }
}

function parseYaml(text: string, lineCounter: LineCounter): Document.Parsed {
  const doc = parseDocument(text, {
    lineCounter,
    version: "1.2",
    schema: "core",
    customTags: ["binary"],
    intAsBigInt: true,
    prettyErrors: false,
    uniqueKeys: true,
    logLevel: "error",
  });
  // Integers that a number holds exactly become numbers; larger ones stay whole as bigint.
  visit(doc, {
    Scalar(_, node) {
      if (typeof node.value === "bigint" && Number.isSafeInteger(Number(node.value))) {
        node.value = Number(node.value);
      }
    },
  });
  return doc;
}

/**
 * What each of the YAML parser's codes means to a person. Its own messages are not used: they quote
 * the file, and what stands there may be a secret.
 */
const SYNTAX: Record<string, string> = {
  BAD_ALIAS: "no anchor (&name) for this alias; put text that begins with * in quotes",
  BAD_DQ_ESCAPE: "unknown escape; write \\\\ for a backslash, or use single quotes",
  BAD_INDENT: "the indentation does not fit what stands above",
  BAD_SCALAR_START: "text cannot begin with this character; put it in quotes",
  BLOCK_AS_IMPLICIT_KEY: "two keys on one line; put text with a colon in quotes",
  DUPLICATE_KEY: "this key stands twice in its mapping",
  MISSING_CHAR: "a closing quote or bracket, a comma, or the space after a colon is missing",
  MULTIPLE_DOCS: "a second document begins here; one file holds one config",
  TAB_AS_INDENT: "a tab cannot indent in YAML; use spaces",
  TAG_RESOLVE_FAILED: "unknown tag; put text that begins with ! in quotes",
  UNEXPECTED_TOKEN: "this does not belong here; put text with special characters in quotes",
};

function syntaxProblems(doc: Document.Parsed): Problem[] {
  return [...doc.errors, ...doc.warnings].map(({ code, pos }) => ({
    path: [],
    offset: pos[0],
    message: `not valid YAML: ${SYNTAX[code] ?? code.toLowerCase().replaceAll("_", " ")}`,
  }));
}

/** Applies `--set key.path=value` and returns the paths that were set. */
function applyOverrides(doc: Document, set: readonly string[], problems: Problem[]): string[][] {
  const paths: string[][] = [];
  for (const override of set) {
    const [, key, text] = /^([^=]+)=(.*)$/s.exec(override) ?? [];
    const value = parseYaml(text ?? "", new LineCounter());
    if (key === undefined || value.errors.length || value.warnings.length) {
      problems.push({
        path: [],
        override: true,
        message: key === undefined
          ? `--set needs key.path=value, such as --set queue.name=orders`
          : `--set ${escapeText(key)}: the value is not valid YAML; quote it twice, as in --set '${
            escapeText(key)
          }="…"'`,
      });
      continue;
    }
    const path = key.split(".");
    // A parent that is no mapping (or absent) gives way: the schema says what is wrong with it.
    for (let depth = 1; depth < path.length; depth++) {
      const parent = doc.getIn(path.slice(0, depth), true);
      if (!isCollection(parent)) doc.setIn(path.slice(0, depth), doc.createNode({}));
    }
    doc.setIn(path, value.contents ?? doc.createNode(""));
    paths.push(path);
  }
  return paths;
}

/** Fills in `${AMQP_…}` in every text, and returns the paths of the texts that had one. */
function fillVariables(
  doc: Document,
  env: (name: string) => string | undefined,
  problems: Problem[],
): string[] {
  const filled: string[] = [];
  visit(doc, {
    Scalar(key, node, ancestors) {
      if (key === "key" || typeof node.value !== "string" || !node.value.includes("${")) return;
      const path = pathOf(node, ancestors as Node[]);
      node.value = node.value.replace(
        /\$\$\{|\$\{(?:(AMQP_\w+)(?::-([^}]*))?\}|([^}]*)\}?)/g,
        (match, name?: string, fallback?: string, other?: string) => {
          if (match === "$${") return "${";
          const value = name === undefined ? undefined : env(name) || fallback;
          if (value === undefined) {
            problems.push({
              path,
              message: name === undefined
                ? `\${${
                  escapeText(other ?? "")
                }} cannot be filled in: only variables whose names ` +
                  "begin with AMQP_ are read; write $${ for a plain ${"
                : `the environment variable ${name} is not set; set it, or write \${${name}:-default}`,
            });
          }
          return value ?? "";
        },
      );
      filled.push(path.join("\0"));
    },
  });
  return filled;
}

function pathOf(node: Node, ancestors: readonly (Node | Document | Pair)[]): string[] {
  const path: string[] = [];
  let child: unknown = node;
  for (const parent of ancestors.toReversed()) {
    if ("items" in parent && !isMap(parent)) {
      path.unshift(String(parent.items.indexOf(child as never)));
    } else if ("key" in parent) path.unshift(String((parent.key as Scalar).value));
    child = parent;
  }
  return path;
}

/** Gives numbers and booleans that came out of a variable their type; true if any was changed. */
function coerceVariables(
  root: unknown,
  filled: string[],
  issues: readonly v.BaseIssue<unknown>[],
): boolean {
  let changed = false;
  for (const { path = [], expected } of issues) {
    const item = path.at(-1);
    const keys = path.map(({ key }) => String(key));
    if (!item || typeof item.value !== "string" || !filled.includes(keys.join("\0"))) continue;
    const value = expected?.includes("number") && /^\d+$/.test(item.value)
      ? Number(item.value)
      : expected?.includes("boolean") && /^(true|false)$/.test(item.value)
      ? item.value === "true"
      : undefined;
    if (value === undefined) continue;
    const parent = keys.slice(0, -1).reduce<unknown>(
      (at, key) => (at as Record<string, unknown>)[key],
      root,
    );
    (parent as Record<string, unknown>)[keys.at(-1) ?? ""] = value;
    changed = true;
  }
  return changed;
}

function toValue(doc: Document, place: Place): unknown {
  try {
    return doc.toJS({ maxAliasCount: MOST_ALIASES }) ?? {};
  } catch (error) {
    const message = String(error).includes("Excessive")
      ? `aliases (*name) multiply into too much; at most ${MOST_ALIASES} are expanded`
      : `not valid YAML: ${SYNTAX.BAD_ALIAS}`;
    throw problemsError([{ path: [], message }], place);
  }
}

function resolvePaths(config: Config, folder: string): Config {
  const resolve = (file: string) => isAbsolute(file) ? file : join(folder, file);
  const { broker: { tls }, message } = config;
  if (typeof tls === "object") {
    for (const key of ["ca", "cert", "key"] as const) if (tls[key]) tls[key] = resolve(tls[key]);
  }
  if (message.file !== undefined) message.file = resolve(message.file);
  return config;
}

function problemsError(problems: Problem[], place: Place): ConfigError {
  const placed = problems.map((problem) => ({
    ...problem,
    offset: problem.offset ?? offsetOf(problem.path, place.doc),
  }));
  placed.sort((a, b) => a.offset - b.offset);
  const indent = " ".repeat("error: ".length);
  return new ConfigError(placed.map((one) => formatProblem(one, place)).join(`\n${indent}`));
}

/** `file:line:column: message`, or the override that the problem is in. */
function formatProblem(
  { path, offset, override, message }: Problem & { offset: number },
  { file, lines, overridden }: Place,
): string {
  if (override) return message;
  const set = overridden.findLast((keys) =>
    path.length > 0 && keys.every((key, at) => at >= path.length || key === path[at])
  );
  if (set) return `--set ${escapeText(set.join("."))}: ${message}`;
  const { line, col } = lines.linePos(offset);
  return `${escapeText(file)}:${line || 1}:${col || 1}: ${message}`;
}

/** Where the value at a path begins, or its key, or whatever of the path exists. */
function offsetOf(path: readonly string[], doc: Document): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth === 1 ? doc.contents : doc.getIn(path.slice(0, depth - 1), true);
    const last = path[depth - 1];
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === last);
      const key = pair?.key;
      if (isScalar(key) && key.range) return key.range[0];
    } else if (isCollection(parent)) {
      const item = parent.get(Number(last), true);
      if (isScalar(item) && item.range) return item.range[0];
    }
  }
  return 0;
}
