import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { problemsOf } from "../support/config_problems.ts";

const parse = (text: string, ...set: string[]) => parseConfig(text, { set, env: () => undefined });

/** What must never be seen. */
const CANARY = "847362";

Deno.test("parseConfig() prefers --set to the file", () => {
  const { broker, queue } = parse("broker: {host: a, port: 1}\nqueue: {name: q}", "broker.host=b");
  assertEquals([broker.host, broker.port, queue?.name], ["b", 1, "q"]);
});

Deno.test("parseConfig() takes the last --set when a key is set twice", () => {
  assertEquals(parse("", "queue.name=a", "queue.name=b").queue?.name, "b");
  const { queue } = parse("", "queue={name: a, durable: false}", "queue.name=b");
  assertEquals([queue?.name, queue?.durable], ["b", false]);
});

Deno.test("parseConfig() reads the value of --set as YAML", () => {
  const { queue, message } = parse(
    "queue: {name: q}",
    "queue.durable=false",
    "queue.arguments.x-max-length=5",
    "queue.bindings=[{exchange: e, routing_key: 'a.#'}]",
    "message.payload={a: [1, 12345678901234567890], b: =}",
    "message.headers.n=null",
    "message.headers.s='5'",
  );
  assertEquals(queue?.durable, false);
  assertEquals(queue?.arguments, { "x-max-length": 5 });
  assertEquals(queue?.bindings, [{ exchange: "e", routing_key: "a.#", arguments: {} }]);
  assertEquals(message.payload, { a: [1, 12345678901234567890n], b: "=" });
  assertEquals<unknown>(message.headers, { n: null, s: "5" });
});

Deno.test("parseConfig() sets an item of a list, or the one after its last", () => {
  const text = "queue: {name: q, bindings: [{exchange: a}, {exchange: b}]}";
  const { queue } = parse(text, "queue.bindings.1.exchange=c", "queue.bindings.2.exchange=d");
  assertEquals(queue?.bindings.map(({ exchange }) => exchange), ["a", "c", "d"]);
});

Deno.test("parseConfig() sets an empty text when nothing follows the equals sign", () => {
  assertEquals(parse("queue: {name: q}", "queue.name=").queue?.name, "");
});

Deno.test("parseConfig() keeps equals signs and line ends in the value of --set", () => {
  assertEquals(parse("", 'message.payload="a=b\\nc"').message.payload, "a=b\nc");
  assertEquals(parse("", "queue.name=a=b").queue?.name, "a=b");
});

Deno.test("parseConfig() replaces what is empty or true when --set goes through it", () => {
  assertEquals(parse("queue:", "queue.name=q").queue?.name, "q");
  const { tls } = parse("broker: {tls: true}", "broker.tls.ca=/ca.pem").broker;
  assertEquals(tls, { ca: "/ca.pem" });
});

Deno.test("parseConfig() pollutes no prototype when --set goes through __proto__", () => {
  for (const parent of ["", "queue.", "message.headers.", "queue.arguments."]) {
    for (const key of ["__proto__.polluted", "constructor.prototype.polluted"]) {
      assertThrows(() => parse("queue: {name: q}", `${parent}${key}=1`), ConfigError);
      assert(!("polluted" in {}));
    }
  }
});

/** Overrides and message. */
const ERRORS: Record<string, [text: string, set: string, message: string]> = {
  "it has no equals sign": [
    "",
    "queue.name",
    "--set needs key.path=value, such as --set queue.name=orders",
  ],
  "it goes through a text, which the file has by mistake": [
    "broker: rabbit.example.com",
    "broker.port=5673",
    "--set broker.port: broker is text in the file, where a mapping of keys belongs",
  ],
  "it has no key": ["", "=x", "--set needs key.path=value, such as --set queue.name=orders"],
  "its value is no YAML": [
    "",
    `broker.password=[${CANARY}`,
    "--set broker.password: the value is not valid YAML; quote it twice, as in " +
    `--set 'broker.password="…"'`,
  ],
  "its key is unknown": [
    "",
    "queu.name=x",
    '--set queu.name: unknown key "queu"; did you mean "queue"?',
  ],
  "its key holds escape sequences": [
    "",
    "a\x1b[31m=x",
    '--set a\\x1b[31m: unknown key "a\\x1b[31m"; ' +
    "known are broker, exchange, queue, message, receive",
  ],
  "its value has the wrong type": [
    "broker: {port: 1}",
    "broker.port=abc",
    '--set broker.port: broker.port must be a number, but is "abc"',
  ],
  "it is a password that YAML reads as a number": [
    "",
    `broker.password=${CANARY}`,
    "--set broker.password: broker.password must be text, but is a number; " +
    "put it in quotes to make it text",
  ],
  "it goes through a list without an index": [
    "queue: {name: q, bindings: [{exchange: e}]}",
    "queue.bindings.foo.exchange=f",
    "--set queue.bindings.foo.exchange: queue.bindings is a list; write an index from 0 to 1",
  ],
  "it goes beyond the end of a list": [
    "queue: {name: q, bindings: [{exchange: e}]}",
    "queue.bindings.7.exchange=f",
    "--set queue.bindings.7.exchange: queue.bindings is a list; write an index from 0 to 1",
  ],
  "another key of the same mapping is wrong": [
    "broker: {heartbeat: 1500ms}",
    "broker.port=5",
    'config.yaml:1:10: broker.heartbeat ("1500ms") is not in whole seconds, at most 65535s',
  ],
};

for (const [when, [text, set, message]] of Object.entries(ERRORS)) {
  Deno.test(`parseConfig() says what is wrong with --set when ${when}`, () => {
    const error = assertThrows(() => parse(text, set), ConfigError);
    assertEquals(problemsOf(error), message);
    assert(!error.message.includes(CANARY));
  });
}

Deno.test("parseConfig() reports every --set that is wrong, before the file is validated", () => {
  const error = assertThrows(() => parse("quue: 1", "a", "b.c=[", "queue.name=q"), ConfigError);
  assertEquals(error.message.split("\n").map((line) => line.trim().slice(0, 11)), [
    "--set needs",
    "--set b.c: ",
  ]);
});
