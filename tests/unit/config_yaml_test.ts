import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { loadConfig, parseConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { problemsOf } from "../support/config_problems.ts";

/** What must never be seen. */
const CANARY = "847362";

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** Text and message, which begins with line and column. */
const ROWS: Record<string, [text: string, message: string]> = {
  "a tab indents": [
    "broker:\n\thost: x",
    "2:1: not valid YAML: a tab cannot indent in YAML; use spaces",
  ],
  "a key stands twice": [
    "queue:\n  name: a\n  name: b",
    "3:3: not valid YAML: this key stands twice in its mapping",
  ],
  "there are two documents": [
    "queue: {name: a}\n---\nqueue: {name: b}",
    "2:1: not valid YAML: a second document begins here; one file holds one config",
  ],
  "a tag is unknown": [
    "queue:\n  name: !secret x",
    "2:9: not valid YAML: unknown tag; put text that begins with ! in quotes",
  ],
  "!!binary is not base64": [
    "message:\n  payload: !!binary '%%%'",
    "2:21: not valid YAML: what follows !!binary is not base64",
  ],
  "an alias has no anchor": [
    "broker: {}\nqueue: {name: *x}",
    "2:15: not valid YAML: no anchor (&name) for this alias; put text that begins with * in quotes",
  ],
  "aliases multiply": [
    `x: &a [${Array(10).fill("y")}]\nmessage: {payload: &b [${Array(10).fill("*a")}]}\n` +
    `y: &c [${Array(10).fill("*b")}]\nz: [${Array(10).fill("*c")}]`,
    "1:1: aliases (*name) multiply into too much; at most 100 are expanded",
  ],
  "a quote is not closed": [
    `broker: {password: "${CANARY}`,
    "1:20: not valid YAML: this quote is not closed",
  ],
  "a quote is not closed on lines that follow": [
    "queue:\n  name: 'orders\nmessage: {payload: x}",
    "2:9: not valid YAML: this quote is not closed",
  ],
  "a bracket is not closed": [
    "queue: {name: q",
    "1:16: not valid YAML: a closing } or ] is missing, or not indented",
  ],
  "a comma is missing": [
    "queue: {name: ['q' 'r']}",
    "1:20: not valid YAML: a comma or a closing bracket is missing, or the space after a colon",
  ],
  "a comma is missing after plain text": [
    "queue: {name: q durable: true}",
    "1:15: not valid YAML: a comma is missing between these brackets",
  ],
  "a colon is missing": [
    "queue:\n  name: q\n  durable true",
    "3:3: not valid YAML: a colon, or the space after it, is missing",
  ],
  "the space after a colon is missing": [
    `broker:\n  password:${CANARY}\n  port: 5`,
    "2:3: not valid YAML: a colon, or the space after it, is missing here or on the next line",
  ],
  "a key is indented less than the one above it": [
    `broker:\n    host: x\n  password: ${CANARY}`,
    "3:1: not valid YAML: the indentation does not fit what stands above",
  ],
  "a password begins with a reserved character": [
    `broker:\n  password: @${CANARY}`,
    "2:13: not valid YAML: text cannot begin with this character; put it in quotes",
  ],
  "a password goes on after its quote": [
    `broker:\n  password: '84'${CANARY}`,
    "2:17: not valid YAML: this does not belong here; put text with special characters in quotes",
  ],
  "text begins with a reserved character": [
    "queue: {name: @x}",
    "1:15: not valid YAML: text cannot begin with this character; put it in quotes",
  ],
  "text holds a colon": [
    "queue: name: q",
    "1:8: not valid YAML: two keys on one line; put text with a colon in quotes",
  ],
  "an escape is unknown": [
    'queue: {name: "\\q"}',
    "1:16: not valid YAML: unknown escape; write \\\\ for a backslash, or use single quotes",
  ],
  "the file is a list": [
    "- a",
    "1:1: the file must be a mapping of keys such as broker: and queue:",
  ],
  "the file is text": [
    "hello",
    "1:1: the file must be a mapping of keys such as broker: and queue:",
  ],
};

for (const [name, [text, message]] of Object.entries(ROWS)) {
  Deno.test(`parseConfig() says where and why YAML is wrong when ${name}`, () => {
    const error = assertThrows(() => parseConfig(text), ConfigError);
    const [first = ""] = problemsOf(error).split("\n");
    assertEquals(first, `config.yaml:${message}`);
    assert(!error.message.includes(CANARY), error.message);
  });
}

Deno.test("parseConfig() fails with a ConfigError when brackets are nested without end", () => {
  for (const text of ["[".repeat(50_000), `a: ${"{b: ".repeat(50_000)}`]) {
    assertThrows(() => parseConfig(text), ConfigError, "not valid YAML");
  }
});

Deno.test("parseConfig() counts lines and columns when lines end in CRLF", () => {
  const error = assertThrows(
    () => parseConfig("broker: {}\r\nqueue:\r\n  nam: x\r\n"),
    ConfigError,
  );
  assertEquals(error.message.split("\n").map((line) => line.trim()), [
    "config.yaml:2:1: queue.name is missing",
    "queue:",
    "^",
    'config.yaml:3:3: unknown key "nam" in queue; did you mean "name"?',
    "nam: …",
    "^",
  ]);
});

Deno.test("parseConfig() escapes the name of the file when it holds a control character", () => {
  const error = assertThrows(() => parseConfig("- a", { path: "\x1b[31m.yaml" }), ConfigError);
  assertMatch(error.message, /^\\x1b\[31m\.yaml:1:1: /);
});

Deno.test("loadConfig() reads a file that begins with a byte order mark", async () => {
  assertEquals((await loadConfig(fixture("bom.txt"))).queue?.name, "grüße");
});

Deno.test("loadConfig() names the file as it was given when it is wrong", async () => {
  const error = await assertRejects(() => loadConfig(fixture("wrong.yaml")), ConfigError);
  assertEquals(problemsOf(error), `${fixture("wrong.yaml")}:3:1: queue.name is missing`);
});

Deno.test("loadConfig() says so when there is no file", async () => {
  const error = await assertRejects(() => loadConfig("no\x1bsuch.yaml"), ConfigError);
  assertEquals(error.message, 'Cannot read config: there is no file "no\\x1bsuch.yaml"');
  assertEquals(
    error.cure,
    `It is looked for in ${Deno.cwd()}, wherever deno task is called: ` +
      "name it from there, or by its whole path: --config FILE",
  );
});

Deno.test("loadConfig() says so when the file is a folder", async () => {
  const error = await assertRejects(() => loadConfig(fixture(".")), ConfigError);
  assertEquals(error.message, `Cannot read config: "${fixture(".")}" is a folder`);
});

Deno.test("loadConfig() says so when the file is not UTF-8", async () => {
  const error = await assertRejects(() => loadConfig(fixture("latin1.txt")), ConfigError);
  assertEquals(
    error.message,
    `Cannot read config "${fixture("latin1.txt")}": it is not UTF-8 text`,
  );
});

Deno.test("loadConfig() says so when the file is larger than 1 MiB", async () => {
  // Deno itself is surely larger.
  const error = await assertRejects(() => loadConfig(Deno.execPath()), ConfigError);
  assertMatch(error.message, /^Cannot read config: ".*" has \d+ bytes, more than 1 MiB$/);
});
