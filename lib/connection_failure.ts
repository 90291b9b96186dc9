/** Why there is no connection, and what to do about it. */
import type { BrokerConfig } from "./config_schema.ts";
import { type Endpoint, loginOf } from "./endpoint.ts";
import { AmqpTasksError, ConnectionError } from "./errors.ts";
import { readReply } from "./reply.ts";
import { decodeUtf8, escapeText, quote, quoteWords } from "./terminal.ts";

const CLOCK = "Renew the broker's certificate, or check the clock of this machine";
const UNTRUSTED = "Name the CA that signed it: broker.tls: {ca: FILE} (PEM)";

const CLIENT_REFUSED: [message: string, cure: string] = [
  "the client certificate is not accepted",
  "Give one that a CA of the broker has signed: broker.tls.cert",
];

/** What cannot be parsed. */
export const NOT_AMQP = "it sent bytes that are not AMQP 0-9-1";

/** Message and cure by the code of a socket's or TLS's error. */
const SYSTEM: Record<string, [message: string, cure: string]> = {
  ECONNREFUSED: ["connection refused: nothing listens there", "Check broker.host and broker.port"],
  ENOTFOUND: ["no such host", "Check the spelling of broker.host"],
  EAI_AGAIN: ["no such host, or the name server does not answer", "Check broker.host"],
  ETIMEDOUT: ["no answer", "Check broker.host, and firewalls on the way"],
  EHOSTUNREACH: ["no route to the host", "Check broker.host, and firewalls on the way"],
  ENETUNREACH: ["no route to the network", "Check broker.host, and this machine's network"],
  ECONNRESET: ["the other side cut the connection", "Check that the port speaks AMQP 0-9-1"],
  EPIPE: ["the other side cut the connection", "Check that the port speaks AMQP 0-9-1"],
};

/** The same for TLS: trying again cures none of these. */
const TLS: Record<string, [message: string, cure: string]> = {
  CERT_HAS_EXPIRED: ["its certificate has expired", CLOCK],
  CERT_NOT_YET_VALID: ["its certificate is not valid yet", CLOCK],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["its certificate is self-signed", UNTRUSTED],
  ERR_SSL_WRONG_VERSION_NUMBER: [
    "the port does not speak TLS",
    "TLS has a port of its own, mostly 5671; for a port without TLS remove broker.tls or write amqp://",
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "its certificate is for another host name",
    "Write broker.host as it stands in the certificate",
  ],
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: [
    "it asks for a client certificate",
    "Give one: broker.tls: {cert: FILE, key: FILE} (PEM)",
  ],
  // What TLS 1.2 has for all of it: no certificate, or nothing in common.
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: [
    "it ended the TLS handshake",
    "It may ask for a client certificate: broker.tls: {cert: FILE, key: FILE} (PEM)",
  ],
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: [
    "the client certificate has expired",
    "Renew broker.tls.cert, or check the clocks of both machines",
  ],
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: CLIENT_REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: CLIENT_REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: CLIENT_REFUSED,
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: CLIENT_REFUSED,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: CLIENT_REFUSED,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: [
    "it speaks no TLS newer than 1.1",
    "Let it speak TLS 1.2 or 1.3: ssl_options.versions in rabbitmq.conf",
  ],
  SELF_SIGNED_CERT_IN_CHAIN: ["its certificate is signed by an unknown CA", UNTRUSTED],
  UNABLE_TO_GET_ISSUER_CERT: ["its certificate is signed by an unknown CA", UNTRUSTED],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ["its certificate is signed by an unknown CA", UNTRUSTED],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ["its certificate is signed by an unknown CA", UNTRUSTED],
};

/** Whether TLS is the reason why there is no connection, as {@linkcode explainFailure} tells it. */
export function isTlsFailure({ cause }: AmqpTasksError): boolean {
  const { code = "" } = (cause ?? {}) as Partial<SystemError>;
  return code in TLS || /^ERR_(SSL|TLS)/.test(code);
}

/** An error of the system, of Deno's or Node's making. */
interface SystemError {
  message: string;
  code: string;
}

/** Deno gives no code to what a name server says. */
function codeOf(message: string): string {
  if (!message.startsWith("failed to lookup address")) return "";
  return message.includes("Temporary") ? "EAI_AGAIN" : "ENOTFOUND";
}

/** Explains why connecting to an endpoint failed; `"timeout"` stands for `connect_timeout`. */
export function explainFailure(
  error: unknown,
  endpoint: Endpoint,
  broker: BrokerConfig,
): AmqpTasksError {
  if (error instanceof AmqpTasksError) return error;
  const cannot = (why: string, cure: string, retryable = true) =>
    new ConnectionError(`Cannot connect to ${endpoint}: ${why}`, { cure, retryable, cause: error });
  if (error === "timeout") {
    return cannot(
      `no answer within ${broker.connect_timeout / 1_000} s`,
      "Check broker.host and broker.port, and firewalls on the way; broker.connect_timeout is the limit",
    );
  }
  const { message = String(error), code = codeOf(message) } = error as Partial<SystemError>;
  const reply = readReply(message);
  if (reply) return explainReply(reply.text, reply.code, cannot, endpoint, loginOf(broker));
  const [why, cure] = SYSTEM[code] ?? [];
  if (why !== undefined && cure !== undefined) {
    if (code !== "ECONNREFUSED" || !endpoint.isLocal) return cannot(why, cure);
    const port = endpoint.port === 5672 ? "" : ` --port ${endpoint.port}`;
    return cannot(why, `Start a local broker: deno task broker${port}`);
  }
  const [tlsWhy, tlsCure] = TLS[code] ?? [];
  if (tlsWhy !== undefined && tlsCure !== undefined) return cannot(tlsWhy, tlsCure, false);
  if (/^ERR_(SSL|TLS)/.test(code)) {
    return cannot(`TLS failed: ${escapeText(message)}`, "Check broker.tls", false);
  }
  if (message === NOT_AMQP) return cannot(NOT_AMQP, "Check that the port speaks AMQP 0-9-1");
  if (message === "closed" || message === "Connection ended") {
    return cannot(
      "the other side closed the connection before the login was done",
      loginOf(broker).tls
        ? "Check that the port speaks AMQP 0-9-1"
        : "Check that the port speaks AMQP 0-9-1; if it speaks TLS (mostly 5671), set broker.tls: true",
    );
  }
  return cannot(escapeText(message), "Check broker in the config");
}

/** Explains what stands where AMQP's first frame should, or `undefined` if it looks like AMQP. */
export function explainFirstBytes(
  bytes: Uint8Array,
  endpoint: Endpoint,
): ConnectionError | undefined {
  const [type, second, third] = bytes;
  if (type === 1 && (second ?? 0) === 0 && (third ?? 0) === 0) return undefined;
  const start = bytes.subarray(0, 20);
  const text = decodeUtf8(bytes.subarray(0, 4)) ?? "";
  const cannot = (why: string, cure: string) =>
    new ConnectionError(`Cannot connect to ${endpoint}: ${why}`, { cure });
  if (type === 0x15 && second === 3) {
    return cannot("the port speaks TLS", "Set broker.tls: true, or write amqps:// in broker.url");
  }
  if (text.startsWith("HTTP")) {
    return cannot(
      "the port speaks HTTP, not AMQP",
      "AMQP's port is mostly 5672 (TLS: 5671); 15672 is RabbitMQ's management page",
    );
  }
  if (text.startsWith("AMQP")) {
    return cannot("it speaks another version of AMQP than 0-9-1", "Check broker.port");
  }
  return cannot(`the port does not speak AMQP; it said ${quote(start)}`, "Check broker.port");
}

/** Explains why an open connection was lost. */
export function explainClosed(error: unknown, endpoint: Endpoint): ConnectionError {
  const message = error instanceof Error ? error.message : "closed";
  const { text = message, code = 0 } = readReply(message) ?? {};
  // Which call of the system meets a cut first is chance; it is told in the same words.
  const [cut] = SYSTEM[(error as { code?: string } | undefined)?.code ?? ""] ?? [];
  const why = cut ??
    (/^(closed|Socket closed|)$/.test(text) ? "the other side closed it" : escapeText(text));
  return new ConnectionError(`Lost the connection to ${endpoint}: ${why}`, {
    // What the broker calls our mistake would be the same mistake on the next connection.
    retryable: ![403, 501, 502, 503, 504, 505, 530, 540].includes(code),
    cause: error,
  });
}

function explainReply(
  text: string,
  reply: number,
  cannot: (why: string, cure: string, retryable?: boolean) => ConnectionError,
  endpoint: Endpoint,
  { username, vhost }: { username: string; vhost: string },
): ConnectionError {
  const said = `the broker says ${quoteWords(text)}`;
  const user = quote(username);
  // RabbitMQ tells the reason to its log only; a guest from elsewhere is refused by default.
  if (reply === 403 && username === "guest" && !endpoint.isLocal) {
    return cannot(
      `login refused for user ${user}: ${said}`,
      "guest may log in from the broker's own machine only: set broker.username and broker.password",
      false,
    );
  }
  if (reply === 403) {
    return cannot(
      `login refused for user ${user}: ${said}`,
      "Check broker.username and broker.password, or the two in broker.url; a secret belongs in ${AMQP_PASSWORD}",
      false,
    );
  }
  if (reply === 530 && /not found/.test(text)) {
    return cannot(
      `there is no virtual host ${quote(vhost)}`,
      'Check broker.vhost (the default is "/"; in a URL a slash is %2F)',
      false,
    );
  }
  if (reply === 530 && /limit/.test(text)) {
    return cannot(
      said,
      "Close other connections, or raise the limit: rabbitmqctl set_vhost_limits",
    );
  }
  if (reply === 530) {
    return cannot(
      said,
      `Ask for permissions on the virtual host: rabbitmqctl set_permissions -p VHOST USER '.*' '.*' '.*'`,
      false,
    );
  }
  return cannot(said, "Try again later, or look into the broker's log");
}
