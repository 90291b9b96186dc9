import { PublishError } from "./errors.ts";
import { formatNumber } from "./terminal.ts";

/** Counts what becomes of the messages of one run, and says so at its end. */
export class PublishTally {
  /** How many were confirmed. */
  get confirmed(): number {
    return this.#confirmed;
  }

  #confirmed = 0;
  #refused = 0;
  #reason = "";

  /** One was confirmed. */
  confirm(): void {
    this.#confirmed++;
  }

  /** One was not accepted. */
  refuse(reason: string): void {
    this.#refused++;
    this.explain(reason);
  }

  /** Why what is not confirmed will not be; the first reason counts. */
  explain(reason: string): void {
    this.#reason ||= reason;
  }

  /** How far a run of many messages got before an error ended it; nothing for a single one. */
  describe(unconfirmed: number): string | undefined {
    if (this.#confirmed + this.#refused === 0 && unconfirmed < 2) return undefined;
    const [confirmed, refused, open] = [this.#confirmed, this.#refused, unconfirmed]
      .map(formatNumber);
    const messages = this.#confirmed === 1 ? "message" : "messages";
    return `So far: ${confirmed} ${messages} confirmed, ${refused} not accepted, ${open} not confirmed`;
  }

  /**
   * Returns the number of messages if all are confirmed.
   *
   * @throws {PublishError} If not, or if the run was stopped before there was any.
   */
  conclude(unconfirmed: number, { isStopped }: { isStopped: boolean }): number {
    const total = this.#confirmed + this.#refused + unconfirmed;
    if (total === 0 && isStopped) throw new PublishError("Stopped before anything was sent");
    if (total === this.#confirmed) return total;
    const reason = this.#reason || "stopped before the broker had confirmed it";
    throw notAccepted(reason, {
      unconfirmed,
      ...(total > 1 && {
        message:
          `Of ${formatNumber(total)} messages ${formatNumber(this.#refused)} were not accepted ` +
          `and ${formatNumber(unconfirmed)} are not confirmed; the first: ${reason}`,
      }),
    });
  }
}

/** The error of a message, or of several, that the broker did not accept: why, and what to do. */
export function notAccepted(
  reason: string,
  { message = `The message was not accepted: ${reason}`, unconfirmed = 0 } = {},
): PublishError {
  return new PublishError(message, {
    cure: unconfirmed
      ? "It may or may not have reached the queue; look there before you send it again"
      : /unroutable/.test(reason)
      ? "Check queue.name, message.routing_key and queue.bindings"
      : /^rejected/.test(reason)
      ? "If the queue is full, let it be emptied, or raise its limit"
      : /^cannot be sent: its headers/.test(reason)
      ? "What is large belongs into the payload"
      : undefined,
  });
}
