import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { drawExcerpt } from "../../lib/config_excerpt.ts";
import { parseConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";

/** What must never be seen. */
const CANARY = "847362";

/** The message of a config that is wrong, by lines. */
function linesOf(yaml: string, set: string[] = []): string[] {
  const error = assertThrows(() => parseConfig(yaml, { set, env: () => undefined }), ConfigError);
  assert(!error.message.includes(CANARY), error.message);
  return error.message.split("\n");
}

/** A config and its excerpt: the line and the caret, without the indentation of both. */
const SHOWN: Record<string, [yaml: string, line: string, caret: string]> = {
  "the value of a key has the wrong type": [
    "queue:\n  name: q\n  durable: yes\n",
    "  durable: yes",
    "  ^",
  ],
  "a key is unknown": ["queue:\n  nam: q\n  name: q", "  nam: …", "  ^"],
  "a key of a mapping on one line is unknown": [
    "queue: {name: q, typ: quorum}",
    "queue: {name: q, typ: …",
    "                 ^",
  ],
  "a comment follows": ["queue:\n  name: 5 # of orders", "  name: 5", "  ^"],
  "a tab indents": ["queue:\n\tname: q", "→name: q", "^"],
  "a tab stands before the place": ["queue: {\tname: 5}", "queue: {→name: 5}", "         ^"],
  "wide characters stand before the place": [
    "queue: {name: 注文é\u0301👍, type: x}",
    "queue: {name: 注文é\u0301👍, type: x}",
    `${" ".repeat(23)}^`,
  ],
  "an escape sequence stands before the place": [
    "queue: {name: 'a\x1b[31m', type: x}",
    "queue: {name: 'a\\x1b[31m', type: x}",
    `${" ".repeat(27)}^`,
  ],
  "it is no YAML": ["queue: {name: @x}", "queue: {name: @x}", "              ^"],
  "it is no YAML and the password is in the environment": [
    "broker:\n  password: ${AMQP_PASSWORD}\nqueue: {name: @x}",
    "queue: {name: @x}",
    "              ^",
  ],
  "a harmless key of broker is wrong": ["broker:\n  port: 5672a", "  port: 5672a", "  ^"],
  "it stands before what may be secret": [
    `broker: {typo: x, password: ${CANARY}}`,
    "broker: {typo: …",
    "         ^",
  ],
  "a password is wrong": [`broker:\n  password: ${CANARY}`, "  password: …", "  ^"],
  "a password is no text": [`broker:\n  password:\n    a: ${CANARY}`, "  password:", "  ^"],
  "a URL is wrong": [`broker:\n  url: http://u:${CANARY}@h`, "  url: …", "  ^"],
  "a password stands where it does not belong": [`password: ${CANARY}`, "password: …", "^"],
  "a password stands in a harmless section": [
    `queue:\n  name: q\n  password: ${CANARY}`,
    "  password: …",
    "  ^",
  ],
  "a password stands twice": [
    `broker:\n  password: x\n  password: ${CANARY}`,
    "  password: …",
    "  ^",
  ],
  "a tab indents a password": [`broker:\n\tpassword: ${CANARY}`, "→password: …", "^"],
};

for (const [when, excerpt] of Object.entries(SHOWN)) {
  Deno.test(`parseConfig() shows the line with a caret when ${when}`, () => {
    const [yaml, ...expected] = excerpt;
    const shown = linesOf(yaml).join("\n");
    const lines = expected.map((line) => " ".repeat("error:   ".length) + line);
    assertStringIncludes(`${shown}\n`, `\n${lines.join("\n")}\n`);
  });
}

/** Configs of which nothing may be shown at the place, or not all. */
const HIDDEN: Record<string, string> = {
  "a password stands before the place": `broker: {password: ${CANARY}, hots: x}`,
  "a misspelt password does": `queue: {name: q, pasword: ${CANARY}, type: x}`,
  "a password goes over several lines": `broker:\n  password: |\n    host: ${CANARY}\n  : 5`,
  "a list of hosts holds a URL": `broker: {host: [a, "amqp://u:${CANARY}@h", 5]}`,
  "a password is an alias": `broker: {password: *${CANARY}}`,
  "what an alias repeats is wrong": `queue: &a {name: ${CANARY}x, typ: 1}\nbroker: {password: *a}`,
  "all is one mapping": `{"broker": {"pass\\u0077ord": "${CANARY}"}, "queue": {"name": 5}}`,
  "the file is text": CANARY,
  "the file is a list": `- ${CANARY}`,
  "a header is a URL": `message: {headers: {a: "https://u:${CANARY}@h"}, typ: 1}`,
  "a password in quotes has no end": `broker:\n  password: "${CANARY}\nqueue:\n  name: @x`,
  "a list has no end": `broker:\n  password: [${CANARY}\n  host: x`,
  "a quote has no end and a key follows": `broker:\n  password: '8\n  ${CANARY}: x\nqueue: @`,
  "a password holds a colon": `broker:\n  password: 8: ${CANARY}`,
  "a block begins on the wrong line": `broker:\n  password: |x ${CANARY}\n   y`,
  "a block ends too early": `broker:\n  password: >\n    x\n   host: ${CANARY}\n y: 1`,
  "a variable is no text": `broker: {password: \${${CANARY}}}`,
  "a comment holds it": `queue:\n  name: 5 # was ${CANARY}`,
};

for (const [when, yaml] of Object.entries(HIDDEN)) {
  Deno.test(`parseConfig() shows no secret when ${when}`, () => void linesOf(yaml));
}

Deno.test("parseConfig() shows no secret wherever a file is cut or damaged", () => {
  const file = `broker:\n  host: rabbit\n  username: me\n  password: "${CANARY}"\n` +
    `  tls: {ca: ca.pem}\nqueue:\n  name: q\n  type: quorum\nmessage: {payload: [x]}\n`;
  for (let at = 0; at < file.length; at++) {
    for (
      const damage of ["", "\t", "'", '"', "{", "[", "]", ":", ": ", "\n", "\n  ", "|", "@", "&a "]
    ) {
      for (const end of [file.slice(at), file.slice(at + 1), ""]) {
        const text = `${file.slice(0, at)}${damage}${end}`;
        // A canary that is torn apart is none.
        try {
          parseConfig(text, { env: () => undefined });
        } catch (error) {
          assert(error instanceof ConfigError);
          assert(!error.message.includes(CANARY.slice(0, 5)), `${text}\n---\n${error.message}`);
          assert(!error.message.includes(CANARY.slice(1)), `${text}\n---\n${error.message}`);
        }
      }
    }
  }
});

Deno.test("parseConfig() shows one line for each problem, and none when there are more than five", () => {
  const five = "queue:\n  name: 1\n  type: 2\n  durable: 3\n  exclusive: 4\n  auto_delete: 5\n";
  assertEquals(linesOf(five).length, 15);
  assertEquals(linesOf(`${five}  passive: 6\n`).length, 6);
});

Deno.test("parseConfig() shows no line when --set is wrong", () => {
  assertEquals(linesOf("queue: {name: q}", ["queue.durable=yes"]).length, 1);
});

Deno.test("drawExcerpt() cuts a long line around the column", () => {
  const long = "abcdefghij".repeat(30);
  for (let column = 1; column <= long.length + 1; column++) {
    const [line, caret] = drawExcerpt(long, column);
    assert(line.length <= 71, line);
    assertEquals(line[caret.length - 1], long[column - 1]);
    assertEquals(line.startsWith("…"), !long.startsWith(line.slice(0, 9)));
  }
  assertEquals(drawExcerpt(long, 1), [`${long.slice(0, 69)}…`, "^"]);
});
