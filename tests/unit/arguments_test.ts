import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../lib/errors.ts";
import { parseArguments } from "../../scripts/_arguments.ts";

const read = (...args: string[]) =>
  parseArguments(args, {
    config: { type: "string", default: "config.yaml" },
    set: { type: "string", multiple: true },
    file: { type: "string" },
    help: { type: "boolean", short: "h" },
  });
const NOTHING = { config: "config.yaml", set: undefined, file: undefined, help: undefined };

/** Arguments, and the values and words that they mean. */
const READ: [args: string[], values: Record<string, unknown>, words: string[]][] = [
  [[], {}, []],
  [["a", "b c"], {}, ["a", "b c"]],
  [["--config", "x.yaml", "a"], { config: "x.yaml" }, ["a"]],
  [["a", "--config=x=y.yaml"], { config: "x=y.yaml" }, ["a"]],
  [["--config="], { config: "" }, []],
  [["--file", "-"], { file: "-" }, []],
  [["--file=-x"], { file: "-x" }, []],
  [["--file", "-1"], { file: "-1" }, []],
  [["--file", "a", "--file", "b"], { file: "b" }, []],
  [["--set", "a=1", "--set=b=2"], { set: ["a=1", "b=2"] }, []],
  [["--help"], { help: true }, []],
  [["-h", "x"], { help: true }, ["x"]],
  [["-"], {}, ["-"]],
  [["a", "--", "--help", "--", "-x"], {}, ["a", "--help", "--", "-x"]],
  [["--file", "two\nlines"], { file: "two\nlines" }, []],
  [["--file=two\nlines"], { file: "two\nlines" }, []],
];

for (const [args, values, words] of READ) {
  Deno.test(`parseArguments() reads ${JSON.stringify(args)}`, () => {
    assertEquals(read(...args), { values: { ...NOTHING, ...values }, words });
  });
}

/** Arguments, and why they are wrong. */
const WRONG: [args: string[], message: string][] = [
  [["--confg", "x"], 'Unknown option --confg; did you mean "--config"?'],
  [["--confg=x"], 'Unknown option --confg; did you mean "--config"?'],
  [["--constructor"], "Unknown option --constructor"],
  [["-5"], "Unknown option -5"],
  [["--\x1b[2J"], "Unknown option --\\x1b[2J"],
  [["--file"], "--file needs a value"],
  [["--file", "-x"], "--file needs a value"],
  [["--file", "--help"], "--file needs a value"],
  [["--file", "--"], "--file needs a value"],
  [["--help=no"], "--help takes no value"],
];

for (const [args, message] of WRONG) {
  Deno.test(`parseArguments() says what is wrong with ${JSON.stringify(args)}`, () => {
    const error = assertThrows(() => read(...args), ConfigError);
    assertEquals(error.message, message);
  });
}
