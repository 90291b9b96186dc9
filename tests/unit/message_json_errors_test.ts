import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parseConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { fromJsonLine } from "../../lib/message_json.ts";

const read = (line: string | Uint8Array) => {
  const bytes = typeof line === "string" ? new TextEncoder().encode(line) : line;
  return fromJsonLine(bytes, parseConfig(""), "dump:3");
};

const header = (json: string) => `{"payload":"","properties":{"headers":{"a":${json}}}}`;
const property = (json: string) => `{"payload":"","properties":{${json}}}`;

/** Lines that are none, and what is said. */
const WRONG: Record<string, [line: string | Uint8Array, message: string]> = {
  "is empty": ["", "not a line of JSON: Unexpected end of JSON input"],
  "is not UTF-8": [new Uint8Array([0x22, 0xff, 0x22]), "not UTF-8 text"],
  "is a list": ["[]", "not a JSON object"],
  "is null": ["null", "not a JSON object"],
  "has no payload": ["{}", '"payload" is missing'],
  "has headers beside the properties": [
    '{"payload":"","headers":{"a":1}}',
    '"headers" belongs into "properties"',
  ],
  "has an unknown key": ['{"payload":"","propertys\\u001b":{}}', 'unknown key "propertys\\x1b"'],
  "has a payload that is no text": ['{"payload":5}', '"payload" must be a string'],
  "has an unknown encoding": [
    '{"payload":"","payload_encoding":"hex"}',
    '"payload_encoding" must be "string" or "base64"',
  ],
  "is not base64": ['{"payload":"%","payload_encoding":"base64"}', '"payload" is not base64'],
  "has an exchange that is no text": [
    '{"payload":"","exchange":5}',
    '"exchange" must be a string',
  ],
  "has a routing key that is no text": [
    '{"payload":"","routing_key":null}',
    '"routing_key" must be a string',
  ],
  "has properties that are a list": [
    '{"payload":"","properties":[]}',
    '"properties" must be an object',
  ],
  "has an unknown property": [property('"a\\u001b":1'), 'unknown property "a\\x1b"'],
  "has a property that every object has": [
    property('"constructor":1'),
    'unknown property "constructor"',
  ],
  "has a number for a text": [
    property('"type":5'),
    'property "type" has a value of the wrong type',
  ],
  "has a text for a number": [
    property('"priority":"5"'),
    'property "priority" has a value of the wrong type',
  ],
  "has a priority that does not fit": [
    property('"priority":256'),
    'property "priority" has a value of the wrong type',
  ],
  "has a delivery mode that is a fraction": [
    property('"delivery_mode":1.5'),
    'property "delivery_mode" has a value of the wrong type',
  ],
  "has a timestamp beyond all dates": [
    property('"timestamp":8640000000001'),
    'property "timestamp" has a value of the wrong type',
  ],
  "has headers that are a list": [
    property('"headers":[]'),
    'property "headers" has a value of the wrong type',
  ],
  "has a header whose bytes are not base64": [
    header('{"!!binary":"%"}'),
    '"!!binary" is not base64',
  ],
  "has a header whose bytes are a number": [header('{"!!binary":5}'), '"!!binary" is not base64'],
  "has a header whose date is none": [
    header('{"!!timestamp":"soon"}'),
    '"!!timestamp" is not in seconds',
  ],
  "has a whole number that AMQP cannot hold": [
    header("1e300"),
    "a header holds an integer that does not fit into AMQP's 64 bits",
  ],
  "has a header that does not fit into 64 bits": [
    header("9223372036854775808"),
    "a header holds an integer that does not fit into AMQP's 64 bits",
  ],
};

for (const [name, [line, message]] of Object.entries(WRONG)) {
  Deno.test(`fromJsonLine() names the line and what is wrong when it ${name}`, () => {
    assertEquals(assertThrows(() => read(line), ConfigError).message, `dump:3: ${message}`);
  });
}

Deno.test("fromJsonLine() escapes what it quotes of a line that is no JSON", () => {
  const { message } = assertThrows(() => read("\x1b]0;x\x07"), ConfigError);
  assertMatch(message, /^dump:3: not a line of JSON: [^\p{C}]+$/u);
});
