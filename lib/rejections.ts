import type { Config } from "./config_schema.ts";
import { PublishError } from "./errors.ts";
import { escapeText } from "./terminal.ts";

/**
 * After how many sessions in a row that ended with a rejection, and without a confirmation, the
 * broker is taken at its word. While there is no leader at all, a queue does not reject: it waits.
 */
const MAX_REJECTED_SESSIONS = 5;

const REJECTED = "rejected by the broker: the queue is full, or cannot store it";

/** The failure of a publish that the broker rejected (basic.nack). */
export class RejectedError extends Error {
  /** It has no more to tell: AMQP gives no reason. */
  constructor() {
    super("Message rejected");
  }
}

/**
 * Decides what a rejection (basic.nack) means. A queue that has just lost its leader rejects what it
 * is sent, and takes it a moment later; a full one goes on rejecting. AMQP has no word to tell which.
 */
export class Rejections {
  /** If the config lets the queue reject what is too much for it, that is most probably why. */
  readonly #rejectsWhenFull: boolean;
  #sessions = 0;

  /** Takes the config that declares the queue. */
  constructor({ queue }: Config) {
    this.#rejectsWhenFull = String(queue?.arguments["x-overflow"]).startsWith("reject-publish");
  }

  /**
   * Looks at why a publish has failed.
   *
   * @param isLast Whether there will be no other session.
   * @returns The reason, if that is final; or an error with which the session is to end, so that
   * another one tries again.
   */
  judge(error: unknown, { isLast }: { isLast: boolean }): string | PublishError {
    if (!(error instanceof RejectedError)) return cannotBeSent(error);
    if (isLast || this.#rejectsWhenFull || this.#sessions >= MAX_REJECTED_SESSIONS) return REJECTED;
    this.#sessions++;
    return new PublishError(
      "The broker rejected a message: its queue is full, or has lost its leader",
      { cure: "If the queue is full, let it be emptied, or raise its limit", retryable: true },
    );
  }

  /** Something was confirmed: the broker takes messages. */
  reset(): void {
    this.#sessions = 0;
  }
}

/** Why a message never left, in the words of whoever could not write it. */
export function cannotBeSent(error: unknown): string {
  return `cannot be sent: ${escapeText(error instanceof Error ? error.message : String(error))}`;
}
