/** Why there is no connection, and what to do about it. */
import type { BrokerConfig } from "./config_schema.ts";
import { type Endpoint, loginOf } from "./endpoint.ts";
import { AmqpTasksError, ConnectionError } from "./errors.ts";
import { readReply } from "./reply.ts";
import { explainTls } from "./tls_failure.ts";
import { decodeUtf8, escapeText, quote, quoteWords } from "./terminal.ts";

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
  const tls = explainTls(code, message);
  if (tls) return cannot(...tls, false);
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
