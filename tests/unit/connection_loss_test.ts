import { assertEquals, assertInstanceOf } from "@std/assert";
import { parseConfig } from "../../lib/config.ts";
import { explainClosed, explainFailure, explainFirstBytes } from "../../lib/connection_failure.ts";
import { Endpoint } from "../../lib/endpoint.ts";
import { ConfigError, ConnectionError } from "../../lib/errors.ts";

const REMOTE = new Endpoint("rabbit", 5672);
const LOCAL = new Endpoint("::1", 5672);
const SPEAKS = "Check that the port speaks AMQP 0-9-1";

const explain = (error: unknown, broker = "", at = REMOTE) =>
  explainFailure(error, at, parseConfig(`broker: {${broker}}`).broker);
const closed = (text: string, code: number) => new Error(`connection closed: ${text} (${code})`);

Deno.test("explainFailure() names the limit when the host does not answer in time", () => {
  const { message, cure } = explain("timeout", "connect_timeout: 1.5s");
  assertEquals(message, "Cannot connect to rabbit:5672: no answer within 1.5 s");
  assertEquals(
    cure,
    "Check broker.host and broker.port, and firewalls on the way; " +
      "broker.connect_timeout is the limit",
  );
});

Deno.test("explainFailure() offers a local broker when this machine refuses", () => {
  const error = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
  const { message, cure } = explain(error, "", LOCAL);
  assertEquals(
    message,
    "Cannot connect to [::1]:5672: connection refused: nothing listens there",
  );
  assertEquals(cure, "Start a local broker: deno task broker");
});

Deno.test("explainFailure() thinks of TLS when the other side closes before the login", () => {
  for (const text of ["closed", "Connection ended"]) {
    const plain = explain(new Error(text));
    assertEquals(
      plain.message,
      "Cannot connect to rabbit:5672: the other side closed the connection before the login was done",
    );
    assertEquals(
      plain.cure,
      `${SPEAKS}; if it speaks TLS (mostly 5671), set broker.tls: true`,
    );
    assertEquals(explain(new Error(text), "tls: true").cure, SPEAKS);
    assertEquals(explain(new Error(text), "url: 'amqps://rabbit'").cure, SPEAKS);
  }
});

Deno.test("explainFailure() passes on what is explained already", () => {
  const error = new ConfigError("Cannot read broker.tls.ca");
  assertEquals(explain(error), error);
});

Deno.test("explainFailure() tries again when the broker says something else", () => {
  const error = explain(closed("CONNECTION_FORCED - broker is \x1b[5mgoing down", 320));
  assertInstanceOf(error, ConnectionError);
  assertEquals(
    error.message,
    "Cannot connect to rabbit:5672: " +
      `the broker says "CONNECTION_FORCED - broker is \\x1b[5mgoing down"`,
  );
  assertEquals(
    [error.cure, error.retryable],
    ["Try again later, or look into the broker's log", true],
  );
});

Deno.test("explainFailure() escapes what it does not know", () => {
  for (const error of [new Error("\x1b[2J\r"), "\x1b[2J\r"]) {
    assertEquals(explain(error).message, "Cannot connect to rabbit:5672: \\x1b[2J\\r");
  }
});

/** What a port says first, why it is no AMQP, and the cure. */
const FIRST_BYTES: Record<string, [bytes: number[] | string, why: string, cure: string]> = {
  "TLS": [
    [0x15, 3, 3, 0, 2, 2, 70],
    "the port speaks TLS",
    "Set broker.tls: true, or write amqps:// in broker.url",
  ],
  "HTTP": [
    "HTTP/1.1 400 Bad Request\r\n",
    "the port speaks HTTP, not AMQP",
    "AMQP's port is mostly 5672 (TLS: 5671); 15672 is RabbitMQ's management page",
  ],
  "another AMQP": [
    "AMQP\x03\x01\x00\x00",
    "it speaks another version of AMQP than 0-9-1",
    "Check broker.port",
  ],
  "SSH": [
    "SSH-2.0-OpenSSH_9.2p1\r\n",
    "the port does not speak AMQP; it said 'SSH-2.0-OpenSSH_9.2p'",
    "Check broker.port",
  ],
  "escape sequences": [
    "\x1b[2J'\n",
    "the port does not speak AMQP; it said '\\x1b[2J\\'\\n'",
    "Check broker.port",
  ],
  "bytes that are no text": [
    [0xff, 0xfb, 1],
    "the port does not speak AMQP; it said '\\xff\\xfb\\x01'",
    "Check broker.port",
  ],
};

for (const [name, [bytes, why, cure]] of Object.entries(FIRST_BYTES)) {
  Deno.test(`explainFirstBytes() says what the port speaks when it is ${name}`, () => {
    const first = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    const error = explainFirstBytes(Uint8Array.from(first), REMOTE);
    assertInstanceOf(error, ConnectionError);
    assertEquals(error.message, `Cannot connect to rabbit:5672: ${why}`);
    assertEquals([error.cure, error.retryable], [cure, true]);
  });
}

Deno.test("explainFirstBytes() returns undefined when they begin a frame, even cut short", () => {
  const start = [1, 0, 0, 0, 0, 1, 0xdc, 0, 10, 0, 10];
  for (let length = 1; length <= start.length; length++) {
    const bytes = Uint8Array.from(start.slice(0, length));
    assertEquals(explainFirstBytes(bytes, REMOTE), undefined, `${length} bytes`);
  }
});

/** How a connection was lost, what is said, and whether to connect again. */
const LOSSES: [error: unknown, why: string, retryable: boolean][] = [
  [new Error("closed"), "the other side closed it", true],
  [new Error("Socket closed"), "the other side closed it", true],
  [undefined, "the other side closed it", true],
  [new Error("no sign of life for 15 s"), "no sign of life for 15 s", true],
  [new Error("read ECONNRESET\x1b[2J"), "read ECONNRESET\\x1b[2J", true],
  [closed("CONNECTION_FORCED - bye\n", 320), "CONNECTION_FORCED - bye\\n", true],
  [closed("INTERNAL_ERROR - x", 541), "INTERNAL_ERROR - x", true],
  [closed("RESOURCE_ERROR - x", 506), "RESOURCE_ERROR - x", true],
  [closed("ACCESS_REFUSED - x", 403), "ACCESS_REFUSED - x", false],
  [closed("FRAME_ERROR - x", 501), "FRAME_ERROR - x", false],
  [closed("SYNTAX_ERROR - x", 502), "SYNTAX_ERROR - x", false],
  [closed("COMMAND_INVALID - x", 503), "COMMAND_INVALID - x", false],
  [closed("CHANNEL_ERROR - x", 504), "CHANNEL_ERROR - x", false],
  [closed("UNEXPECTED_FRAME - x", 505), "UNEXPECTED_FRAME - x", false],
  [closed("NOT_ALLOWED - x", 530), "NOT_ALLOWED - x", false],
  [closed("NOT_IMPLEMENTED - x", 540), "NOT_IMPLEMENTED - x", false],
];

for (const [error, why, retryable] of LOSSES) {
  Deno.test(`explainClosed() says whether to connect again when it is: ${why}`, () => {
    const explained = explainClosed(error, REMOTE);
    assertEquals(explained.message, `Lost the connection to rabbit:5672: ${why}`);
    assertEquals([explained.retryable, explained.exitCode], [retryable, 3]);
    assertEquals(explained.cause, error);
  });
}
