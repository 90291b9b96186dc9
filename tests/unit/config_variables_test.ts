import { assertEquals, assertThrows } from "@std/assert";
import { parseConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { problemsOf } from "../support/config_problems.ts";

const VARIABLES: Record<string, string> = {
  AMQP_HOST: "rabbit",
  AMQP_DIGITS: "5673",
  AMQP_NEGATIVE: "-1",
  AMQP_YES: "true",
  AMQP_EMPTY: "",
  AMQP_NESTED: "${AMQP_HOST}",
  AMQP_YAML: "a: [b]\n# c",
  HOME: "/root",
};
const env = (name: string) => VARIABLES[name];
const parse = (text: string, set: string[] = []) => parseConfig(text, { env, set });
const nameOf = (name: string) => parse(`queue: {name: "${name}"}`).queue?.name;

/** A text and what is made of it. */
const TEXTS: Record<string, [text: string, filled: string]> = {
  "it is set": ["${AMQP_HOST}", "rabbit"],
  "it stands inside": ["a ${AMQP_HOST} b ${AMQP_DIGITS}", "a rabbit b 5673"],
  "it is set and has a default": ["${AMQP_HOST:-other}", "rabbit"],
  "it is unset and has a default": ["${AMQP_UNSET:-a:-b}", "a:-b"],
  "it is empty and has a default": ["${AMQP_EMPTY:-x}", "x"],
  "the default is empty": ["${AMQP_UNSET:-}", ""],
  "it is escaped": ["$${AMQP_HOST}", "${AMQP_HOST}"],
  "a dollar stands alone": ["$5 and $AMQP_HOST", "$5 and $AMQP_HOST"],
  "its value looks like a variable": ["${AMQP_NESTED}", "${AMQP_HOST}"],
  "its value looks like YAML": ["${AMQP_YAML}", "a: [b]\n# c"],
};

for (const [when, [text, filled]] of Object.entries(TEXTS)) {
  Deno.test(`parseConfig() fills in a variable when ${when}`, () => {
    assertEquals(nameOf(text), filled);
  });
}

Deno.test("parseConfig() gives a variable its type when a number or boolean is due", () => {
  const { broker, queue, message, receive } = parse(`
broker: {port: "\${AMQP_DIGITS}", tls: "\${AMQP_YES}"}
queue:
  name: q
  durable: "\${AMQP_YES}"
  arguments: {x-max-length: "\${AMQP_DIGITS}", x-delivery-limit: "\${AMQP_NEGATIVE}"}
message: {persistent: "\${AMQP_UNSET:-false}"}
receive: {prefetch: "\${AMQP_UNSET:-7}"}`);
  assertEquals([broker.port, broker.tls, queue?.durable], [5673, true, true]);
  assertEquals(queue?.arguments, { "x-max-length": 5673, "x-delivery-limit": -1 });
  assertEquals([message.persistent, receive.prefetch], [false, 7]);
});

Deno.test("parseConfig() leaves a variable text when text is due or anything goes", () => {
  const { broker, message } = parse(`
broker: {password: "\${AMQP_DIGITS}", host: ["\${AMQP_HOST}", "\${AMQP_YES}"]}
message: {payload: ["\${AMQP_DIGITS}"], headers: {a: "\${AMQP_YES}"}}`);
  assertEquals([broker.password, broker.host], ["5673", ["rabbit", "true"]]);
  assertEquals<unknown>([message.payload, message.headers], [["5673"], { a: "true" }]);
});

Deno.test("parseConfig() gives no type to what is no variable", () => {
  const error = assertThrows(() => parse("receive: {prefetch: '7'}"), ConfigError);
  assertEquals(
    problemsOf(error),
    'config.yaml:1:11: receive.prefetch must be a number, but is "7"',
  );
});

Deno.test("parseConfig() fills in no variable in a key or a comment", () => {
  const { message } = parse("message: {headers: {'${HOME}': 1}} # ${HOME}");
  assertEquals<unknown>(message.headers, { "${HOME}": 1 });
});

Deno.test("parseConfig() fills in the variables of --set, with their types", () => {
  const { broker } = parse("", ["broker.port=${AMQP_DIGITS}", "broker.host=${AMQP_HOST}"]);
  assertEquals([broker.port, broker.host], [5673, "rabbit"]);
});

Deno.test("parseConfig() reads the environment when it is given none", () => {
  assertEquals(parseConfig("queue: {name: '${AMQP_NO_SUCH:-q}'}").queue?.name, "q");
});

/** What is written, the overrides, and the message. */
const ERRORS: Record<string, [text: string, set: string[], message: string]> = {
  "it is unset": [
    "broker: {password: '${AMQP_PASSWORD}'}",
    [],
    "config.yaml:1:10: the environment variable AMQP_PASSWORD is not set; set it, " +
    "or write ${AMQP_PASSWORD:-default}",
  ],
  "it is empty": [
    "queue:\n  name: '${AMQP_EMPTY}'",
    [],
    "config.yaml:2:3: the environment variable AMQP_EMPTY is empty; set it, " +
    "or write ${AMQP_EMPTY:-default}",
  ],
  "it is unset in a list": [
    "broker: {host: [a, '${AMQP_UNSET}']}",
    [],
    "config.yaml:1:20: the environment variable AMQP_UNSET is not set; set it, " +
    "or write ${AMQP_UNSET:-default}",
  ],
  "it is unset in --set": [
    "",
    ["queue.name=${AMQP_UNSET}"],
    "--set queue.name: the environment variable AMQP_UNSET is not set; set it, " +
    "or write ${AMQP_UNSET:-default}",
  ],
  "its name does not begin with AMQP_": [
    "queue: {name: '${HOME}'}",
    [],
    "config.yaml:1:9: ${HOME} cannot be filled in: only variables whose names begin with AMQP_ " +
    "are read; write $${ for a plain ${",
  ],
  "a number is due and it is none": [
    "broker: {port: '${AMQP_HOST}'}",
    [],
    'config.yaml:1:10: broker.port must be a number, but is "rabbit"',
  ],
  "the number is out of bounds": [
    "receive: {prefetch: '${AMQP_UNSET:-0}'}",
    [],
    'config.yaml:1:11: receive.prefetch ("0") is less than 1',
  ],
};

for (const [when, [text, set, message]] of Object.entries(ERRORS)) {
  Deno.test(`parseConfig() says what is wrong with a variable when ${when}`, () => {
    assertEquals(problemsOf(assertThrows(() => parse(text, set), ConfigError)), message);
  });
}

Deno.test("parseConfig() looks up no variable when its name does not begin with AMQP_", () => {
  const names: string[] = [];
  const spy = (name: string) => (names.push(name), "x");
  assertThrows(() => parseConfig("queue: {name: '${HOME}${AMQP_A}${amqp_b}'}", { env: spy }));
  assertEquals(names, ["AMQP_A"]);
});
