import { abortable } from "./abortable.ts";
import { errorAnswerTo } from "./answer.ts";
import { Backoff } from "./backoff.ts";
import type { Outcome } from "./call_handler.ts";
import type { DeliveredMessage } from "./client_types.ts";
import type { Confirms } from "./confirms.ts";
import type { Session } from "./declare_then_act.ts";
import { PublishError } from "./errors.ts";
import type { Failures } from "./failures.ts";
import type { OutgoingMessage } from "./message.ts";
import { cannotBeSent, isRejection } from "./rejections.ts";
import { escapeText } from "./terminal.ts";

/** How names of direct reply-to begin (https://www.rabbitmq.com/docs/direct-reply-to#limitations). */
const DIRECT_REPLY_TO = "amq.rabbitmq.reply-to.";

/** What a {@linkcode Settler} works with. */
export interface SettlerOptions {
  session: Session;
  /** Publishes on the session's channel, mandatory. */
  confirms: Confirms;
  failures: Failures;
  /** Gives up publishing copies that the broker does not take. */
  signal?: AbortSignal | undefined;
  report?: ((line: string) => void) | undefined;
}

/** Does for one session what follows from a handler's outcome: answer, copy, then acknowledge. */
export class Settler {
  /** Takes the session on whose channel the messages were delivered. */
  constructor(readonly options: SettlerOptions) {}

  /**
   * Settles one message. It is acknowledged last, when all else is confirmed.
   *
   * @throws {PublishError} If its copy finds no queue (retryable), or cannot be written.
   * @throws The reason of the session's loss, or of `signal`.
   */
  async settle(message: DeliveredMessage, outcome: Outcome): Promise<void> {
    if ("answer" in outcome) {
      if (outcome.answer) await this.#answer(outcome.answer);
    } else await this.#fail(message, outcome.reason);
    await this.options.session.channel.basicAck(message.deliveryTag);
  }

  async #fail(message: DeliveredMessage, reason: string): Promise<void> {
    const answer = errorAnswerTo(message, reason);
    // Whoever asked knows; it may ask again.
    const { copy, fate } = this.options.failures.copy(message, reason, {
      isLast: answer !== undefined,
    });
    this.#report(`Failed (${fate}): ${escapeText(reason)}`);
    if (answer) await this.#answer(answer);
    await this.#keep(copy);
  }

  /** Publishes an answer. One that nobody can take is nobody's loss. */
  async #answer(answer: OutgoingMessage): Promise<void> {
    const refusal = await this.#publish(answer).catch((error) => {
      this.options.session.lost.throwIfAborted();
      return String(error);
    });
    // Direct reply-to is no queue: RabbitMQ delivers the answer and returns it too.
    if (refusal === undefined || answer.routingKey.startsWith(DIRECT_REPLY_TO)) return;
    this.#report(`An answer was not taken: ${escapeText(refusal)}`);
  }

  /** Publishes a copy, again and again if the broker rejects it: its queue may be full. */
  async #keep(copy: OutgoingMessage): Promise<void> {
    const { session: { lost }, signal } = this.options;
    const queue = escapeText(copy.routingKey);
    const ended = signal ? AbortSignal.any([lost, signal]) : lost;
    const backoff = new Backoff("forever");
    for (let first = true;; first = false) {
      try {
        if (await this.#publish(copy) === undefined) return;
        // The next session declares the queue anew.
        throw new PublishError(`The queue ${queue} is gone`, { retryable: true });
      } catch (error) {
        lost.throwIfAborted();
        if (error instanceof PublishError) throw error;
        if (!isRejection(error)) throw new PublishError(`A copy ${cannotBeSent(error)}`);
      }
      if (first) {
        this.#report(`The queue ${queue} rejects a message, which waits until it does not`);
      }
      await backoff.pause(ended);
    }
  }

  async #publish(message: OutgoingMessage): Promise<string | undefined> {
    const { session: { connection, lost }, confirms } = this.options;
    await connection.writable(lost);
    return await abortable(confirms.publishOne(message), lost);
  }

  #report(line: string): void {
    this.options.report?.(line);
  }
}
