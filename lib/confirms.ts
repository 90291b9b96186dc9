import { abortable } from "./abortable.ts";
import type { Session } from "./declare_then_act.ts";
import type { OutgoingMessage } from "./message.ts";
import { Returns } from "./returns.ts";
import { escapeText } from "./terminal.ts";

/** How {@linkcode startConfirms} publishes. */
export interface ConfirmsOptions {
  /** Whether a message that reaches no queue comes back, and is so refused. */
  mandatory: boolean;
  /** Gives up waiting for the broker's answer. */
  signal?: AbortSignal | undefined;
  /** Is told when the broker takes no messages, and when it takes them again. Default: nobody. */
  report?: ((line: string) => void) | undefined;
}

/**
 * Publishes one message. Is to be called when the connection is `writable`.
 *
 * @returns Once the broker has confirmed it: why it was refused all the same, being mandatory; or
 *   `undefined`.
 * @throws What `Rejections` can judge, or anything else if the channel is lost meanwhile.
 */
export type PublishConfirmed = (message: OutgoingMessage) => Promise<string | undefined>;

/** Makes the broker confirm what is published on a session's channel, where nobody else publishes. */
export async function startConfirms(
  { connection, channel, getsOn }: Session,
  { mandatory, signal, report }: ConfirmsOptions,
): Promise<PublishConfirmed> {
  const returns = new Returns();
  channel.onReturn = (message) => returns.add(message);
  connection.onBlocked = (reason) =>
    report?.(
      reason === undefined
        ? "The broker takes messages again"
        : `The broker takes no messages: ${escapeText(reason)}`,
    );
  await abortable(channel.confirmSelect(), signal);
  return async (message) => {
    const { exchange, routingKey, body, properties } = message;
    await channel.basicPublish(exchange, routingKey, body, properties, mandatory);
    getsOn();
    return returns.take(message);
  };
}
