import fc from "fast-check";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { loadConfig, parseConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { testSeed } from "../support/random.ts";

const VALID = `
broker: {host: [a, "b:5673"], username: u, password: "\${AMQP_P:-x}", tls: {ca: ca.pem}, retry: 1m}
exchange: {name: e, type: topic, arguments: {alternate-exchange: x}}
queue:
  name: q
  type: quorum
  arguments: { x-max-length: 10000 }
  bindings: [{ exchange: e, routing_key: "a.#", arguments: { b: !!binary aGk= } }]
message:
  payload: &p { order: 42, list: [1, 2.5, null, true] }
  headers: { source: web, copy: *p }
  properties: { content_type: application/json, priority: 5 }
receive: { exec: [cat], concurrency: 2, timeout: 1m, retry: { attempts: 5, delay: 30s } }
`;

/** Reads a text, which must give a config or say where it is wrong. */
function read(text: string): "config" | "error" {
  try {
    assert(parseConfig(text, { path: "my.yaml", env: () => undefined }).broker);
    return "config";
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    assert(/^my\.yaml:\d+:\d+: \S/.test(error.message), error.message);
    return "error";
  }
}

/** What YAML is made of, and what our keys are. */
const PIECES = fc.constantFrom(
  ...["broker", "queue", "message", "payload", "headers", "name", "host", "__proto__", "tls"],
  ...[
    "constructor",
    ": ",
    "\n",
    "\n  ",
    "- ",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "&a ",
    "*a",
    "!!binary ",
  ],
  ...[
    "!!set ",
    "! ",
    "| \n",
    ">-\n",
    "'",
    '"',
    "#",
    "%YAML 1.1\n",
    "---\n",
    "...\n",
    "\t",
    "\0",
    "\ufeff",
  ],
  ...[
    "${",
    "}",
    "${AMQP_X:-y}",
    "$${",
    "1e999",
    "0x1F",
    ".nan",
    "~",
    "<<",
    "\\ud800",
    "\u2028",
    "\r",
  ],
);

const SEED = { seed: testSeed(), numRuns: 1_500 };

Deno.test("parseConfig() returns a config or says where it is wrong, whatever the text", () => {
  const pieces = fc.array(
    fc.oneof({ weight: 9, arbitrary: PIECES }, fc.string({ unit: "binary" })),
  );
  fc.assert(fc.property(pieces.map((all) => all.join("")), (text) => void read(text)), SEED);
});

Deno.test("parseConfig() returns a config or says where it is wrong when a good one is damaged", () => {
  assertEquals(read(VALID), "config");
  const at = fc.nat(VALID.length);
  const damage = fc.tuple(at, fc.nat(20), fc.oneof(PIECES, fc.string()));
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
      let text = VALID;
      for (const [from, length, put] of damages) {
        text = text.slice(0, from) + put + text.slice(from + length);
      }
      read(text);
    }),
    SEED,
  );
});

Deno.test("parseConfig() takes any overrides, or says what is wrong with them", () => {
  const override = fc.array(fc.oneof(PIECES, fc.constantFrom(".", "=", "0", "queue.bindings")));
  fc.assert(
    fc.property(fc.array(override.map((all) => all.join(""))), (set) => {
      try {
        parseConfig(VALID, { set, env: () => undefined });
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
      }
    }),
    SEED,
  );
});

const nest = (open: string, close: string, depth: number) =>
  open.repeat(depth) + close.repeat(depth);

/** Texts that are to exhaust something, and what is said. */
const HOSTILE: Record<string, [text: string, said: string]> = {
  "brackets, 10,000 deep": [`message: {payload: ${nest("[", "]", 10_000)}}`, "not valid YAML"],
  "braces, 10,000 deep": [nest("{a: ", "}", 10_000), "not valid YAML"],
  "lists, 10,000 deep": ["- ".repeat(10_000), "not valid YAML"],
  "keys, 10,000 deep": ["? ".repeat(10_000), "not valid YAML"],
  "aliases that multiply": [
    "a: &a [x,x,x,x,x,x,x,x,x]\n" +
    ["b", "c", "d", "e", "f", "g", "h"].map((name, at) =>
      `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[at]}`)}]\n`
    ).join(""),
    "aliases (*name) multiply into too much",
  ],
  "a list in itself": [
    "message: {payload: &a [*a]}",
    "config.yaml:1:24: not valid YAML: this alias",
  ],
  "a table in itself": [
    "message: &m {headers: {a: *m}}",
    "config.yaml:1:27: not valid YAML: this a",
  ],
  "a key in itself": ["? &a [*a]\n: 1", "this alias (*name) stands in what it names"],
  "a set in place of a mapping": ["!!set {queue}", "config.yaml:1:7: not valid YAML: unknown tag"],
  "a time": [
    "message: {payload: !!timestamp 2001-01-01}",
    "config.yaml:1:32: not valid YAML: unknown",
  ],
  "a prototype": ["__proto__: {queue: {name: q}}", 'unknown key "__proto__"'],
  "a prototype within": ["queue: {__proto__: {name: q}}", 'unknown key "__proto__" in queue'],
  "a constructor": ["constructor: {}", 'unknown key "constructor"'],
  "30,000 unknown keys": [
    Array.from({ length: 30_000 }, (_, at) => `k${at}: 1\n`).join(""),
    'unknown key "k0"',
  ],
  "30,000 brackets that were never opened": ["}\n".repeat(30_000), "and 29980 more"],
  "a number of 100,000 digits": [`broker: {port: ${"9".repeat(100_000)}}`, "beyond 2^53"],
};

for (const [name, [text, said]] of Object.entries(HOSTILE)) {
  Deno.test(`parseConfig() says what is wrong with ${name}`, () => {
    const { message } = assertThrows(() => parseConfig(text), ConfigError);
    assert(message.includes(said), message.slice(0, 500));
    assert(message.split("\n").length <= 21);
  });
}

Deno.test("parseConfig() takes no override that stands in itself", () => {
  const set = ["message.payload=&a [*a]"];
  assertThrows(() => parseConfig("", { set }), ConfigError, "the value is not valid YAML");
});

Deno.test({
  name: "loadConfig() reads no device",
  ignore: Deno.build.os === "windows",
  async fn() {
    for (const path of ["/dev/null", "/dev/zero"]) {
      const error = await loadConfig(path).catch((error) => error);
      assert(error instanceof ConfigError);
      assert(/no file|Requires/.test(error.message), error.message);
    }
  },
});
