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
import { cannotBeSent, RejectedError } from "./rejections.ts";
import { escapeText } from "./terminal.ts";

/** How names of direct reply-to begin (https://www.rabbitmq.com/docs/direct-reply-to#limitations). */
const DIRECT_REPLY_TO = "amq.rabbitmq.reply-to.";
/** After a stop, how long to wait for a broker that takes no messages, in ms. */
const GRACE = 5_000;

/** What a {@linkcode Settler} works with. */
export interface SettlerOptions {
  /** On its channel the messages were delivered. */
  session: Session;
  /** Publishes on the session's channel, mandatory. */
  confirms: Confirms;
  /** Where copies of failed messages go. */
  failures: Failures;
  /** Stops; a copy or an answer is then given up that the broker does not take within 5 s. */
  signal?: AbortSignal | undefined;
  /** Is told of failed messages, in one short line each. Default: nobody. */
  report?: ((line: string) => void) | undefined;
}

/** Does for one session what follows from a handler's outcome: answer, copy, then acknowledge. */
export class Settler {
  /** Takes the session on whose channel the messages were delivered. */
  constructor(readonly options: SettlerOptions) {}

  /**
   * Settles one message. It is acknowledged last, when all else is confirmed.
   *
   * @throws {PublishError} If its copy finds no queue (retryable), or cannot be written at all.
   * @throws The reason of the session's loss, or of `signal`.
   */
  async settle(message: DeliveredMessage, outcome: Outcome): Promise<void> {
    const { session: { channel, lost }, signal } = this.options;
    using grace = delayed(signal, GRACE);
    const ended = AbortSignal.any([lost, grace.signal]);
    try {
      if ("answer" in outcome) {
        if (outcome.answer) await this.#answer(outcome.answer, ended);
      } else await this.#fail(message, outcome.reason, ended);
    } catch (error) {
      if (grace.signal.aborted && !lost.aborted) {
        this.#report(
          `The broker took no message for ${GRACE / 1_000} s: what was handled stays in the queue`,
        );
      }
      throw error;
    }
    await channel.basicAck(message.deliveryTag);
  }

  async #fail(message: DeliveredMessage, reason: string, ended: AbortSignal): Promise<void> {
    const { failures } = this.options;
    const answer = errorAnswerTo(message, reason);
    // Whoever asked knows; it may ask again.
    const isLast = answer !== undefined;
    const { copy, fate } = failures.copy(message, reason, { isLast });
    this.#report(`Failed (${fate}): ${escapeText(reason)}`);
    if (answer) await this.#answer(answer, ended);
    const obstacle = await this.#keep(copy, ended);
    if (obstacle === undefined) return;
    this.#report(`A copy ${obstacle}; it goes without headers and what is too long`);
    const bare = failures.copy(message, reason, { isLast, isBare: true });
    const another = await this.#keep(bare.copy, ended);
    if (another !== undefined) throw new PublishError(`A copy ${another}`);
  }

  /** Publishes an answer. One that nobody can take is nobody's loss. */
  async #answer(answer: OutgoingMessage, ended: AbortSignal): Promise<void> {
    const refusal = await this.#publish(answer, ended).catch((error) => {
      ended.throwIfAborted();
      return String(error);
    });
    // Direct reply-to is no queue: RabbitMQ delivers the answer and returns it too.
    if (refusal === undefined || answer.routingKey.startsWith(DIRECT_REPLY_TO)) return;
    this.#report(`An answer was not taken: ${escapeText(refusal)}`);
  }

  /**
   * Publishes a copy, again and again if the broker rejects it: its queue may be full.
   *
   * @returns Why it cannot be written, and never will; or `undefined`.
   */
  async #keep(copy: OutgoingMessage, ended: AbortSignal): Promise<string | undefined> {
    const queue = escapeText(copy.routingKey);
    const backoff = new Backoff("forever");
    for (let first = true;; first = false) {
      try {
        if (await this.#publish(copy, ended) === undefined) return undefined;
        // The next session declares the queue anew.
        throw new PublishError(`The queue ${queue} is gone`, { retryable: true });
      } catch (error) {
        ended.throwIfAborted();
        if (error instanceof PublishError) throw error;
        if (!(error instanceof RejectedError)) return cannotBeSent(error);
      }
      if (first) {
        this.#report(`The queue ${queue} rejects a message, which waits until it does not`);
      }
      await backoff.pause(ended);
    }
  }

  async #publish(message: OutgoingMessage, ended: AbortSignal): Promise<string | undefined> {
    const { session: { connection }, confirms } = this.options;
    await connection.writable(ended);
    return await abortable(confirms.publishOne(message), ended);
  }

  #report(line: string): void {
    this.options.report?.(line);
  }
}

/** A signal that is aborted some ms after another one, or from now on if that is aborted already. */
function delayed(
  signal: AbortSignal | undefined,
  ms: number,
): Disposable & { signal: AbortSignal } {
  const later = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = () => timer = setTimeout(() => later.abort(signal?.reason), ms);
  signal?.addEventListener("abort", wait);
  if (signal?.aborted) wait();
  return {
    signal: later.signal,
    [Symbol.dispose]() {
      signal?.removeEventListener("abort", wait);
      clearTimeout(timer);
    },
  };
}
