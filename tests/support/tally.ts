/** Compares what was sent with what has come. */
import type { AMQPMessage } from "@cloudamqp/amqp-client";

/** A message that has come. */
export interface Received {
  payload: string;
  /** Its `message_id`. */
  id: string;
}

/** What matters of a message that a plain client has taken. */
export function receivedOf(message: AMQPMessage): Received {
  return { payload: message.bodyString() ?? "", id: message.properties.messageId ?? "" };
}

/** What matters of a line that `receive --format json` has printed. */
export function readReceived(line: string): Received {
  const { payload, properties } = JSON.parse(line);
  return { payload, id: properties.message_id };
}

/** How many messages are not as they should be. */
export interface Tally {
  lost: number;
  unexpected: number;
  /** One that is sent again must keep its id, or nobody can tell that it is the same. */
  sentUnderTwoIds: number;
  /** May happen after a fault. */
  duplicated: number;
}

/** Makes payloads of which there are no others. */
export function payloads(count: number): string[] {
  const run = crypto.randomUUID();
  return Array.from({ length: count }, (_, id) => `${run} ${id}`);
}

/** Compares what was sent with what has come, by payload. */
export function compare(sent: string[], received: Received[]): Tally {
  const ids = new Map<string, Set<string>>();
  for (const { payload, id } of received) {
    ids.set(payload, (ids.get(payload) ?? new Set()).add(id));
  }
  const expected = new Set(sent);
  return {
    lost: sent.filter((payload) => !ids.has(payload)).length,
    unexpected: [...ids.keys()].filter((payload) => !expected.has(payload)).length,
    sentUnderTwoIds: [...ids.values()].filter((known) => known.size > 1).length,
    duplicated: received.length - ids.size,
  };
}

/**
 * Checks what has come.
 *
 * @throws {Error} If a message was lost, nobody sent it, or it was sent again under another id.
 */
export function assertNothingLost(sent: string[], received: Received[]): void {
  const tally = compare(sent, received);
  const { lost, unexpected, sentUnderTwoIds } = tally;
  if (lost + unexpected + sentUnderTwoIds === 0) return;
  throw new Error(`Of ${sent.length} messages: ${JSON.stringify(tally)}`);
}
