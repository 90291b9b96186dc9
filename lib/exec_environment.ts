import type { HandlerContext, ReceivedMessage } from "./handler.ts";
import { toJsonHead, writeLine } from "./message_json.ts";

/** What a command may need of our own environment; never AMQP_…, where passwords are. */
const INHERITED = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"];

/** The properties that are variables too, in capitals and with AMQP_ before their names. */
const PROPERTIES = [
  "message_id",
  "correlation_id",
  "reply_to",
  "content_type",
  "type",
  "app_id",
  "user_id",
  "priority",
  "timestamp",
  "expiration",
];

/** The most bytes that Linux takes as one variable, with its name and a NUL after it. */
const LONGEST_VARIABLE = 128 * 1024;

/**
 * Makes all of the environment that a command gets for a message. `AMQP_TIMESTAMP` is in seconds since
 * 1970, `AMQP_REDELIVERED` `true` or `false`, and `AMQP_MESSAGE` the message without its payload, on
 * one line of JSON. What a message does not have, or what cannot be a variable (it holds a NUL, or
 * has 128 KiB), is left out.
 */
export function execEnvironment(
  message: ReceivedMessage,
  { attempt, queue }: HandlerContext,
): Record<string, string> {
  const head = toJsonHead(message);
  const variables: Record<string, unknown> = Object.fromEntries([
    ...INHERITED.map((name) => [name, readVariable(name)]),
    ...PROPERTIES.map((name) => [`AMQP_${name.toUpperCase()}`, head.properties[name]]),
    ["AMQP_EXCHANGE", message.exchange],
    ["AMQP_ROUTING_KEY", message.routingKey],
    ["AMQP_REDELIVERED", message.redelivered],
    ["AMQP_ATTEMPT", attempt],
    ["AMQP_QUEUE", queue],
    ["AMQP_MESSAGE", writeLine(head)],
  ]);
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && canBeVariable(name, `${value}`)) env[name] = `${value}`;
  }
  return env;
}

/** Our own variable; `undefined` too if it may not be read. */
function readVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
}

function canBeVariable(name: string, value: string): boolean {
  const { length } = new TextEncoder().encode(`${name}=${value}\0`);
  return !value.includes("\0") && length <= LONGEST_VARIABLE;
}
