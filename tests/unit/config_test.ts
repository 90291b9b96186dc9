import { assert, assertEquals, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { loadConfig, parseConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { createMessage } from "../../lib/message.ts";

const root = new URL("../../", import.meta.url);
const path = (file: string) => fileURLToPath(new URL(file, root));
/** Every variable that an example may ask for. */
const VARIABLES = { URL: "amqp://localhost", HOST: "localhost", PORT: "5672" };
const env = (name: string) =>
  Object.entries(VARIABLES).find(([part]) => name.includes(part))?.[1] ?? "x";
const parse = (yaml: string) => parseConfig(yaml, { env: () => undefined });
const body = (yaml: string) => new TextDecoder().decode(createMessage(parse(yaml)).body);

Deno.test("loadConfig() takes the config.yaml that ships", async () => {
  const config = await loadConfig(path("config.yaml"));
  assertEquals([config.broker.host, config.queue?.name, config.message.payload], [
    "localhost",
    "hello",
    "Hello World!",
  ]);
});

Deno.test("loadConfig() takes every example", async () => {
  for (const { name } of Deno.readDirSync(path("examples"))) {
    if (/\.ya?ml$/.test(name)) await loadConfig(path(`examples/${name}`), { env });
  }
});

Deno.test("parseConfig() fills in the defaults when the file is empty", () => {
  for (const yaml of ["", "# nothing\n", "{}"]) {
    assertEquals<unknown>(parse(yaml), {
      broker: { heartbeat: 10_000, connect_timeout: 10_000 },
      message: { persistent: true, mandatory: true, properties: {}, headers: {} },
      receive: {
        prefetch: 1_000,
        ack: "on_success",
        concurrency: 1,
        timeout: 300_000,
        retry: { attempts: 3, delay: 10_000 },
      },
    });
  }
});

Deno.test("parseConfig() fills in the defaults of exchange, queue and bindings", () => {
  const { exchange, queue } = parse("exchange: {name: e}\nqueue: {name: q, bindings: [{}]}");
  const durable = { durable: true, auto_delete: false, passive: false, arguments: {} };
  assertEquals<unknown>(exchange, { name: "e", type: "direct", internal: false, ...durable });
  const bindings = [{ routing_key: "", arguments: {} }];
  assertEquals<unknown>(queue, {
    name: "q",
    type: "quorum",
    exclusive: false,
    bindings,
    ...durable,
  });
});

/** What is written of a queue, and the type, durable and exclusive that it gets. */
const QUEUES: [written: string, type: string, durable: boolean, exclusive: boolean][] = [
  ["name: q", "quorum", true, false],
  ["name: ''", "classic", false, true],
  ["name: '', exclusive: false", "classic", false, false],
  ["name: '', durable: true, exclusive: false", "quorum", true, false],
  ["name: q, exclusive: true", "classic", true, true],
  ["name: q, auto_delete: true", "classic", true, false],
  ["name: q, durable: false", "classic", false, false],
  ["name: q, type: stream", "stream", true, false],
  ["name: q, passive: true, type: quorum, durable: false", "quorum", false, false],
];

for (const [written, type, durable, exclusive] of QUEUES) {
  Deno.test(`parseConfig() completes a queue when it is {${written}}`, () => {
    const { queue } = parse(`queue: {${written}}`);
    assertEquals([queue?.type, queue?.durable, queue?.exclusive], [type, durable, exclusive]);
  });
}

Deno.test("parseConfig() takes a command with a slash from the config's folder, others from the PATH", () => {
  const exec = (command: string) =>
    parseConfig(`receive: {exec: [${command}, ./x]}`, { path: "/etc/amqp/c.yaml" }).receive.exec;
  assertEquals(exec("./work.sh"), ["/etc/amqp/work.sh", "./x"]);
  assertEquals(exec("/bin/cat"), ["/bin/cat", "./x"]);
  assertEquals(exec("cat"), ["cat", "./x"]);
});

Deno.test("parseConfig() fills in the prefetch that goes with a handler or a command", () => {
  const prefetch = (yaml: string) => parse(`receive: {${yaml}}`).receive.prefetch;
  assertEquals(prefetch("handler: h.ts"), 1);
  assertEquals(prefetch("exec: [e], concurrency: 5"), 5);
  assertEquals(prefetch("exec: [e], concurrency: 5, prefetch: 20"), 20);
  assertEquals(prefetch("concurrency: 5"), 1_000);
});

Deno.test("parseConfig() fills in how long an answer is waited for", () => {
  assertEquals(parse("message: {reply: {}}").message.reply, { timeout: 30_000 });
});

Deno.test("parseConfig() reads durations in ms", () => {
  const { broker, message } = parse(
    "broker: {heartbeat: 2m, connect_timeout: 1.5s, retry: 1h}\nmessage: {confirm_timeout: 250ms}",
  );
  assertEquals([broker.heartbeat, broker.connect_timeout], [120_000, 1_500]);
  assertEquals([broker.retry, message.confirm_timeout], [3_600_000, 250]);
  assertEquals(parse("broker: {retry: forever, heartbeat: 0s}").broker.heartbeat, 0);
});

Deno.test("parseConfig() makes paths relative to the folder of the file", () => {
  const text = "broker: {tls: {ca: ca.pem, cert: /abs/c.pem, key: ../k.pem}}\n" +
    "message: {file: a/b}\nreceive: {handler: ./h.ts}";
  const { broker, message, receive } = parseConfig(text, { path: "/etc/amqp/config.yaml" });
  assertEquals(broker.tls, { ca: "/etc/amqp/ca.pem", cert: "/abs/c.pem", key: "/etc/k.pem" });
  assertEquals([message.file, receive.handler], ["/etc/amqp/a/b", "/etc/amqp/h.ts"]);
});

/** Payload as YAML, and what is sent. */
const PAYLOADS: Record<string, [yaml: string, body: string]> = {
  "a text": ["Grüße", "Grüße"],
  "an empty text": ["''", ""],
  "a number": ["5", "5"],
  "false": ["false", "false"],
  "an integer beyond 2^53": ["12345678901234567890", "12345678901234567890"],
  "integers beyond 2^53 inside": [
    "{a: [-9007199254740993, 9007199254740992]}",
    '{"a":[-9007199254740993,9007199254740992]}',
  ],
  "what YAML has more than JSON": ["[0o17, 0x1F, 1e3, ~, yes]", '[15,31,1000,null,"yes"]'],
  "bytes": ["!!binary aGk=", "hi"],
  "a key called __proto__": ["{__proto__: {polluted: 1}}", '{"__proto__":{"polluted":1}}'],
};

for (const [what, [yaml, expected]] of Object.entries(PAYLOADS)) {
  Deno.test(`parseConfig() keeps a payload as it is when it is ${what}`, () => {
    assertEquals(body(`queue: {name: q}\nmessage: {payload: ${yaml}}`), expected);
  });
}

Deno.test("parseConfig() keeps headers exact when they are beyond 2^53", () => {
  const { message } = parse(
    "message: {headers: {a: 9223372036854775807, b: [-9007199254740993], c: 9007199254740991}}",
  );
  assertEquals<unknown>(message.headers, {
    a: 9223372036854775807n,
    b: [-9007199254740993n],
    c: 9007199254740991,
  });
});

Deno.test("parseConfig() pollutes no prototype when a key is __proto__", () => {
  const yaml = "__proto__: {polluted: 1}";
  const { message } = parse(`message: {payload: {${yaml}}}`);
  for (const text of [`message: {headers: {${yaml}}}`, `queue: {name: q, arguments: {${yaml}}}`]) {
    assertThrows(() => parse(text), ConfigError, "__proto__");
  }
  assert(!("polluted" in {}));
  assert(!("polluted" in Object(message.payload)));
});

Deno.test("parseConfig() follows aliases when they are few", () => {
  const { exchange, queue } = parse(
    "exchange: {name: &e logs}\nqueue: {name: q, bindings: [{exchange: *e}]}",
  );
  assertEquals(queue?.bindings[0]?.exchange, exchange?.name);
});
