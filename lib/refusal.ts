/** Why the broker refused what the config asks for, and both ways out. */
import type { Config } from "./config_schema.ts";
import { type AmqpTasksError, ConnectionError, PublishError, TopologyError } from "./errors.ts";
import { readReply, type Reply } from "./reply.ts";
import { escapeText, quote, quoteWords } from "./terminal.ts";

/** One property of an existing queue or exchange that differs from the config. */
export interface Mismatch {
  /** Name as the broker has it, such as `durable` or `x-max-length`. */
  property: string;
  /** What the config says; `undefined`: nothing. */
  wanted: string | undefined;
  /** What exists; `undefined`: nothing. */
  current: string | undefined;
}

/**
 * Explains why the broker closed the channel, or the connection, on which something was declared.
 *
 * @returns `undefined` if the error is no refusal: the connection was lost, say.
 */
export function explainRefusal(error: unknown, config: Config): TopologyError | undefined {
  const reply = readReply(error);
  if (!reply || isTimeout(reply)) return undefined;
  const cure = cureOf(reply, config);
  if (cure === undefined) return undefined;
  return new TopologyError(`The broker refused: ${quoteWords(reply.text)}`, { cure, cause: error });
}

/** Explains why the broker closed the channel that we publish or consume on. */
export function explainChannelClosed(reason: unknown, config: Config): AmqpTasksError {
  const reply = readReply(reason);
  if (reply?.code === 406 && /message size|user_id|expiration/.test(reply.text)) {
    return new PublishError(`The broker refused a message: ${quoteWords(reply.text)}`, {
      cure: "Check its size and message.properties",
    });
  }
  return explainRefusal(reason, config) ??
    new ConnectionError(
      `Lost the channel: ${escapeText(reply?.text ?? String(reason))}`,
    );
}

/** Explains, property by property, how what exists differs from the config. */
export function explainMismatch(
  kind: "queue" | "exchange",
  name: string,
  mismatches: Mismatch[],
  vhost = "/",
): TopologyError {
  const where = vhost === "/" ? "" : `--vhost ${shellWord(vhost)} `;
  const complete = mismatches.map(withDefaultType);
  const differences = complete.map(({ property, wanted, current }) =>
    `  ${keyOf(kind, property)}: ${show(current)} at the broker, ${show(wanted)} in the config`
  );
  const adopt = complete.map(({ property, current }) =>
    `  ${keyOf(kind, property)}: ${current === undefined ? "(remove it)" : show(current)}`
  );
  const deletion = `rabbitmqctl delete_queue ${where}${shellWord(name)}`;
  return new TopologyError(
    [`The ${kind} ${quote(name)} exists, but not as the config describes it:`, ...differences]
      .join("\n"),
    {
      cure: [
        `Either use the ${kind} as it is:`,
        ...adopt,
        `  (or ${kind}.passive: true, which compares nothing)`,
        kind === "queue"
          ? `or delete it, with the messages in it, and let it be declared anew:`
          : "or delete it and let it be declared anew:",
        kind === "queue"
          ? `  ${deletion}\n  (with deno task broker: deno task ${deletion})`
          : `  rabbitmqadmin ${where}delete exchange name=${shellWord(name)}`,
        `or choose another ${kind}.name`,
      ].join("\n"),
    },
  );
}

/** RabbitMQ has no type on record for a classic queue that was declared without one. */
function withDefaultType({ property, wanted, current }: Mismatch): Mismatch {
  const fallback = property === "x-queue-type" ? "classic" : undefined;
  return { property, wanted: wanted ?? fallback, current: current ?? fallback };
}

/** The config's key for a property of the broker's. */
function keyOf(kind: string, property: string): string {
  if (property === "x-queue-type") return "queue.type";
  return property.startsWith("x-") || property === "alternate-exchange"
    ? `${kind}.arguments.${escapeText(property)}`
    : `${kind}.${escapeText(property)}`;
}

function show(value: string | undefined): string {
  return value === undefined ? "not set" : escapeText(value);
}

function shellWord(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${escapeText(text).replaceAll("'", `'\\''`)}'`;
}

/** RabbitMQ takes a delivery back that was not acknowledged in time; that is no refusal. */
function isTimeout({ code, text }: Reply): boolean {
  return code === 406 && /delivery acknowledgement .*timed out/.test(text);
}

const EXCHANGE_TYPE =
  "Check exchange.type; the types of plugins exist only where the plugin is enabled";

function cureOf({ code, text }: Reply, { queue, exchange }: Config): string | undefined {
  switch (code) {
    case 403:
      if (/reserved prefix/.test(text)) {
        return "Names that begin with amq. are the broker's own: choose another one";
      }
      if (/internal exchange/.test(text)) {
        return "Only other exchanges publish to an internal one: remove exchange.internal, or " +
          "publish to an exchange that is bound to it";
      }
      if (/in exclusive use/.test(text)) {
        return "Another consumer has the queue for itself: stop that one, or choose another queue.name";
      }
      return "Ask for the permission (rabbitmqctl set_permissions), or, where only declaring is " +
        "forbidden, set passive: true";
    case 404:
      // A node that is down, a leader that moves: that passes.
      if (!/^NOT_FOUND - no /.test(text)) return undefined;
      if (/no exchange/.test(text)) {
        return exchange?.passive
          ? "Check exchange.name, or remove exchange.passive to let it be declared"
          : "Check exchange.name, and the exchange of queue.bindings";
      }
      return queue?.passive
        ? "Check queue.name, or remove queue.passive to let it be declared"
        : "Check queue.name";
    case 405:
      return "Another connection has it for itself (exclusive): stop that one, or choose another " +
        `queue.name${
          queue?.exclusive ? "\nOr it exists and is not exclusive: remove queue.exclusive" : ""
        }`;
    case 406:
      if (/exchange type/.test(text)) return EXCHANGE_TYPE;
      return "Check the arguments of queue and exchange, and message.properties";
    case 503:
      return /exchange type/.test(text) ? EXCHANGE_TYPE : "Check exchange and queue in the config";
    case 541:
      return /deprecated|transient|not permitted/i.test(text)
        ? "This broker takes no queue that is neither durable nor exclusive: remove " +
          "queue.durable: false, or set queue.exclusive: true"
        : undefined;
    case 530:
    case 540:
      return "Check queue, exchange and queue.bindings: this broker does not allow it";
    default:
      return undefined;
  }
}
