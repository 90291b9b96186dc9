import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { parseConfig } from "../../lib/config.ts";
import { explainFailure } from "../../lib/connection_failure.ts";
import { Endpoint } from "../../lib/endpoint.ts";
import { ConnectionError } from "../../lib/errors.ts";

/** What must never be seen. */
const CANARY = "s3cr3t-847362";

const REMOTE = new Endpoint("rabbit", 5672);
const LOCAL = new Endpoint("localhost", 5672);
const CHECK = "Check broker.host and broker.port";
const WALLS = "Check broker.host, and firewalls on the way";
const SPEAKS = "Check that the port speaks AMQP 0-9-1";
const CUT = "the other side cut the connection";
const CLOCK = "Renew the broker's certificate, or check the clock of this machine";
const UNTRUSTED = "Name the CA that signed it: broker.tls: {ca: FILE} (PEM)";
const UNKNOWN_CA = "its certificate is signed by an unknown CA";
const NO_TLS =
  "TLS has a port of its own, mostly 5671; for a port without TLS remove broker.tls or " +
  "write amqp://";
const REFUSED =
  "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the " +
  "broker logfile.";

const explain = (error: unknown, broker = `password: ${CANARY}, username: bob`, at = REMOTE) =>
  explainFailure(error, at, parseConfig(`broker: {${broker}}`, { env: () => "x" }).broker);
const withCode = (code: string, message = "tcp: failed") =>
  Object.assign(new Error(message), { code });
const closed = (text: string, code: number) => new Error(`connection closed: ${text} (${code})`);

/** An error's code, why there is no connection, the cure, and whether trying again may help. */
const CODES: [code: string, why: string, cure: string, retryable: boolean][] = [
  ["ECONNREFUSED", "connection refused: nothing listens there", CHECK, true],
  ["ENOTFOUND", "no such host", "Check the spelling of broker.host", true],
  [
    "EAI_AGAIN",
    "no such host, or the name server does not answer",
    "Check broker.host",
    true,
  ],
  ["ETIMEDOUT", "no answer", WALLS, true],
  ["EHOSTUNREACH", "no route to the host", WALLS, true],
  [
    "ENETUNREACH",
    "no route to the network",
    "Check broker.host, and this machine's network",
    true,
  ],
  ["ECONNRESET", CUT, SPEAKS, true],
  ["EPIPE", CUT, SPEAKS, true],
  ["CERT_HAS_EXPIRED", "its certificate has expired", CLOCK, false],
  ["CERT_NOT_YET_VALID", "its certificate is not valid yet", CLOCK, false],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "its certificate is self-signed", UNTRUSTED, false],
  ["SELF_SIGNED_CERT_IN_CHAIN", UNKNOWN_CA, UNTRUSTED, false],
  ["UNABLE_TO_GET_ISSUER_CERT", UNKNOWN_CA, UNTRUSTED, false],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", UNKNOWN_CA, UNTRUSTED, false],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", UNKNOWN_CA, UNTRUSTED, false],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "the port does not speak TLS", NO_TLS, false],
  [
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "its certificate is for another host name",
    "Write broker.host as it stands in the certificate",
    false,
  ],
  [
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "it asks for a client certificate",
    "Give one: broker.tls: {cert: FILE, key: FILE} (PEM)",
    false,
  ],
  ["ERR_SSL_OTHER", "TLS failed: tcp: failed", "Check broker.tls", false],
  ["EOTHER", "tcp: failed", "Check broker in the config", true],
];

for (const [code, why, cure, retryable] of CODES) {
  Deno.test(`explainFailure() says why and what to do when the code is ${code}`, () => {
    const error = withCode(code);
    const explained = explain(error);
    assertInstanceOf(explained, ConnectionError);
    assertEquals(explained.message, `Cannot connect to rabbit:5672: ${why}`);
    assertEquals([explained.cure, explained.retryable], [cure, retryable]);
    assertEquals([explained.exitCode, explained.cause], [3, error]);
  });
}

/** What the broker says, and why there is no connection. */
const REPLIES: Record<string, [broker: string, text: string, code: number, why: string]> = {
  "the password is wrong": [
    `username: bob, password: ${CANARY}`,
    REFUSED,
    403,
    `login refused for user 'bob': the broker says "${REFUSED}"`,
  ],
  "the user of the URL is wrong": [
    `url: 'amqp://b%27ob:${CANARY}@rabbit'`,
    REFUSED,
    403,
    `login refused for user 'b\\'ob': the broker says "${REFUSED}"`,
  ],
  "there is no such virtual host": [
    "vhost: /v",
    "NOT_ALLOWED - vhost /v not found",
    530,
    "there is no virtual host '/v'",
  ],
  "the virtual host is forbidden": [
    "vhost: v",
    "NOT_ALLOWED - access to vhost 'v' refused for user 'guest'",
    530,
    `the broker says "NOT_ALLOWED - access to vhost 'v' refused for user 'guest'"`,
  ],
};
const REPLY_CURES: Record<string, string> = {
  "the password is wrong":
    "Check broker.username and broker.password, or the two in broker.url; a secret belongs in ${AMQP_PASSWORD}",
  "the user of the URL is wrong":
    "Check broker.username and broker.password, or the two in broker.url; a secret belongs in ${AMQP_PASSWORD}",
  "there is no such virtual host":
    'Check broker.vhost (the default is "/"; in a URL a slash is %2F)',
  "the virtual host is forbidden":
    "Ask for permissions on the virtual host: rabbitmqctl set_permissions -p VHOST USER " +
    "'.*' '.*' '.*'",
};

for (const [when, [broker, text, code, why]] of Object.entries(REPLIES)) {
  Deno.test(`explainFailure() shows the broker's reply and no secret when ${when}`, () => {
    const explained = explain(closed(text, code), broker);
    assertInstanceOf(explained, ConnectionError);
    assertEquals(explained.message, `Cannot connect to rabbit:5672: ${why}`);
    assertEquals([explained.cure, explained.retryable], [REPLY_CURES[when], false]);
    assert(!`${explained.message}${explained.cure}${explained.stack}`.includes(CANARY));
  });
}

Deno.test("explainFailure() says that guest is refused from other machines", () => {
  // RabbitMQ gives the same text for every reason; what it is stands in its log only.
  const explained = explain(closed(REFUSED, 403), "host: rabbit");
  assertEquals(
    explained.cure,
    "guest may log in from the broker's own machine only: set broker.username and broker.password",
  );
  for (
    const cure of [
      explain(closed(REFUSED, 403), "password: wrong", LOCAL).cure,
      explain(closed(REFUSED, 403), "username: bob", REMOTE).cure,
    ]
  ) assertStringIncludes(cure, "Check broker.username and broker.password");
});

Deno.test("explainFailure() advises no permissions when a limit is reached", () => {
  for (
    const text of [
      "NOT_ALLOWED - access to vhost '/' refused for user 'bob': connection limit (5) is reached",
      "NOT_ALLOWED - connection refused: node connection limit (5) is reached",
      "NOT_ALLOWED - connection refused for user 'bob': user connection limit (5) is reached",
    ]
  ) {
    const explained = explain(closed(text, 530));
    assertInstanceOf(explained, ConnectionError);
    assertEquals([/permissions/.test(explained.cure), explained.retryable], [false, true], text);
  }
});
