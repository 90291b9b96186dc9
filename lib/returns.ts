import type { DeliveredMessage } from "./client_types.ts";
import type { OutgoingMessage } from "./message.ts";
import { escapeText } from "./terminal.ts";

/** What came back because it reached no queue, until its confirmation comes. */
export class Returns {
  readonly #reasons = new Map<string, string[]>();

  /** Notes a message that the broker has returned. */
  add({ exchange, routingKey, properties, replyCode, replyText = "" }: DeliveredMessage): void {
    const reason = replyCode === 312 ? "unroutable: it reached no queue" : escapeText(replyText);
    const key = keyOf(exchange, routingKey, properties.messageId);
    this.#reasons.set(key, [...this.#reasons.get(key) ?? [], reason]);
  }

  /** Why the message came back, or `undefined` if it did not. */
  take({ exchange, routingKey, properties }: OutgoingMessage): string | undefined {
    if (this.#reasons.size === 0) return undefined; // Which is nearly always so.
    const key = keyOf(exchange, routingKey, properties.messageId);
    const [reason, ...others] = this.#reasons.get(key) ?? [];
    if (others.length) this.#reasons.set(key, others);
    else if (reason !== undefined) this.#reasons.delete(key);
    return reason;
  }
}

/** A message's id may be that of others too; those that go the same way share their fate. */
function keyOf(...parts: (string | undefined)[]): string {
  return parts.join("\0");
}
