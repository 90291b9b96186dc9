/**
 * Reads the arguments of a script. It takes options in the shape of Node's `parseArgs`, which would
 * take 15 ms of start-up time to load.
 *
 * @module
 */
import { ConfigError } from "../lib/errors.ts";
import { didYouMean } from "../lib/suggest.ts";
import { escapeText } from "../lib/terminal.ts";

/** What an option takes. */
export interface Option {
  /** `boolean`: no value, it is there or not. */
  type: "string" | "boolean";
  /** Whether it can be given several times. Default: the last one counts. */
  multiple?: boolean;
  /** One letter that stands for it. */
  short?: string;
  /** Its value if it is not given. */
  default?: string;
}

/** The value of an option. */
type Value<O extends Option> = O extends { type: "boolean" } ? boolean | undefined
  : O extends { multiple: true } ? string[] | undefined
  : O extends { default: string } ? string
  : string | undefined;

/** The options that were given, and the words besides them. */
export interface Arguments<T extends Record<string, Option>> {
  values: { [K in keyof T]: Value<T[K]> };
  words: string[];
}

/**
 * Reads command line arguments: `--name value`, `--name=value`, `--flag`, `-f`, words, and after `--`
 * nothing but words. `-` alone is a word, or a value.
 *
 * @throws {ConfigError} If an option is unknown, lacks its value or has one that it does not take.
 */
export function parseArguments<const T extends Record<string, Option>>(
  args: string[],
  options: T,
): Arguments<T> {
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) values[name] = option.default;
  const words: string[] = [];
  const left = [...args];
  for (let arg; (arg = left.shift()) !== undefined;) {
    if (arg === "--") {
      words.push(...left);
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      words.push(arg);
      continue;
    }
    const [, given = arg, inline] = /^(-[^=]+)=(.*)$/s.exec(arg) ?? [];
    const [name, option] = find(given, options);
    if (option.type === "boolean") {
      if (inline !== undefined) throw wrong(`--${name} takes no value`);
      values[name] = true;
      continue;
    }
    // A value that looks like an option is one whose value was forgotten; no option is a number.
    const isNext = inline === undefined && !/^-\D/.test(left[0] ?? "-?");
    const value = isNext ? left.shift() : inline;
    if (value === undefined) {
      throw wrong(`--${name} needs a value`, `; one that begins with - is written --${name}=-…`);
    }
    values[name] = option.multiple ? [...values[name] as string[] ?? [], value] : value;
  }
  return { values: values as Arguments<T>["values"], words };
}

function find(given: string, options: Record<string, Option>): [name: string, option: Option] {
  const entry = Object.entries(options).find(([name, { short }]) =>
    given === `--${name}` || (short !== undefined && given === `-${short}`)
  );
  if (entry) return entry;
  const hint = didYouMean(given, Object.keys(options).map((name) => `--${name}`));
  throw wrong(
    `Unknown option ${escapeText(given)}${hint}`,
    "; a word that begins with - goes after --",
  );
}

function wrong(message: string, also = ""): ConfigError {
  return new ConfigError(message, { cure: `Run it with --help to see what it takes${also}` });
}
