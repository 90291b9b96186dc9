import { answerTo, errorAnswerTo } from "./answer.ts";
import { abortable } from "./abortable.ts";
import { callHandler, type Outcome } from "./call_handler.ts";
import type { DeliveredMessage } from "./client_types.ts";
import type { Config } from "./config_schema.ts";
import { type PublishConfirmed, startConfirms } from "./confirms.ts";
import { declareThenAct, type Session } from "./declare_then_act.ts";
import { ConfigError, PublishError } from "./errors.ts";
import { Failures } from "./failures.ts";
import type { Handler } from "./handler.ts";
import type { OutgoingMessage } from "./message.ts";
import { StreamOffset } from "./stream_offset.ts";
import { subscribe, type Subscription } from "./subscription.ts";
import { escapeText } from "./terminal.ts";
import { Wakeup } from "./wakeup.ts";

/** How names of direct reply-to begin (https://www.rabbitmq.com/docs/direct-reply-to#limitations). */
const DIRECT_REPLY_TO = "amq.rabbitmq.reply-to.";

/** How {@linkcode receive} ends and what it tells. */
export interface ReceiveOptions {
  /** Stops: what is being handled is finished and acknowledged, the rest stays in the queue. */
  signal?: AbortSignal | undefined;
  /** Ends after this many messages were handled, be it in vain. Default: without end. */
  count?: number | undefined;
  /** Ends when there has been nothing to do for this long, in ms. Default: without end. */
  idle?: number | undefined;
  /** Is told of failures and of lost connections, in one short line each. Default: nobody. */
  report?: ((line: string) => void) | undefined;
  /** Is called once, when messages can come. */
  onReady?: (() => void) | undefined;
  /** Is called with each message that the handler succeeded on, once it is acknowledged. */
  onDone?: ((message: DeliveredMessage) => void) | undefined;
}

/**
 * Calls a handler with each message of the config's queue, `receive.concurrency` at a time, and
 * acknowledges those that it succeeds on. One that it fails on, or takes longer for than
 * `receive.timeout`, is tried again after `receive.retry.delay`, and dead-lettered after
 * `receive.retry.attempts`; unless it asks for an answer (`reply_to`): then the error is the answer.
 * Copies and answers are confirmed before the message is acknowledged, so nothing is lost; after a
 * lost connection a message can come twice.
 *
 * @returns How many messages were handled, be it in vain.
 * @throws {ConfigError} If the config names no queue, or the handler says that it is to blame.
 * @throws {ConnectionError | TopologyError} As {@linkcode declareThenAct}.
 */
export async function receive(
  config: Config,
  handler: Handler,
  options: ReceiveOptions = {},
): Promise<number> {
  if (!config.queue) {
    throw new ConfigError("Cannot receive: the config names no queue", { cure: "Set queue.name" });
  }
  const { signal, report } = options;
  const receiver = new Receiver(config, handler, options);
  signal?.addEventListener("abort", receiver.wake);
  try {
    await declareThenAct(config, (session) => receiver.act(session), {
      role: "receive",
      signal,
      report,
    });
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
  } finally {
    signal?.removeEventListener("abort", receiver.wake);
  }
  return receiver.handled;
}

/** Keeps what outlives a connection: how many messages were handled, and those that are. */
class Receiver {
  handled = 0;
  #running = 0;
  #isReady = false;
  #lastChange = performance.now();
  readonly #offset: StreamOffset;
  readonly #wakeup = new Wakeup();
  readonly wake = this.#wakeup.call;

  constructor(
    readonly config: Config,
    readonly handler: Handler,
    readonly options: ReceiveOptions,
  ) {
    this.#offset = new StreamOffset(config);
  }

  async act(session: Session): Promise<void> {
    const { lost, channel, queue } = session;
    const { receive } = this.config;
    const { signal, count = Infinity, onReady, report } = this.options;
    lost.addEventListener("abort", this.wake);
    const failures = new Failures(this.config, queue);
    await abortable(failures.declare(channel), signal);
    const publish = await startConfirms(session, { mandatory: true, signal, report });

    const inbox: DeliveredMessage[] = [];
    const subscription = await subscribe(session, {
      prefetch: Math.min(receive.prefetch, Math.max(count - this.handled, 1)),
      offset: this.#offset,
      onMessage: (message) => {
        inbox.push(message);
        this.wake();
      },
      onCancelled: this.wake,
      signal,
    });
    const stage: Stage = { session, failures, subscription, publish };
    session.getsOn();
    if (!this.#isReady) onReady?.();
    this.#isReady = true;
    this.#lastChange = performance.now();

    while (!this.#isOver && !stage.failure) {
      lost.throwIfAborted();
      const mayStart = this.#running < receive.concurrency && this.handled + this.#running < count;
      const message = mayStart ? inbox.shift() : undefined;
      if (message) this.#start(message, stage);
      else if (this.#running > 0) await this.#wakeup.wait();
      else {
        if (subscription.isCancelled) this.#offset.forget();
        subscription.throwIfCancelled();
        await this.#wakeup.wait(this.#idleLeft);
      }
    }
    await subscription.cancel();
    while (this.#running > 0 && !lost.aborted) await this.#wakeup.wait();
    if (stage.failure) throw stage.failure.error;
  }

  get #isOver(): boolean {
    const { signal, count = Infinity } = this.options;
    return signal?.aborted === true || this.handled >= count ||
      (this.#running === 0 && this.#idleLeft <= 0);
  }

  get #idleLeft(): number {
    return this.#lastChange + (this.options.idle ?? Infinity) - performance.now();
  }

  async #start(message: DeliveredMessage, stage: Stage): Promise<void> {
    this.#running++;
    // The last one is not acknowledged before the broker has stopped to deliver others.
    const isLast = this.handled + this.#running === this.options.count;
    const cancelled = isLast ? stage.subscription.cancel() : Promise.resolve(true);
    try {
      const outcome = await callHandler(this.handler, message, {
        queue: stage.session.queue,
        timeout: this.config.receive.timeout,
      });
      await cancelled;
      if (!stage.session.lost.aborted) await this.#settle(message, outcome, stage);
    } catch (error) {
      // After a loss the message comes again, and that is all.
      if (!stage.session.lost.aborted) stage.failure ??= { error };
    } finally {
      this.#running--;
      this.#lastChange = performance.now();
      this.wake();
    }
  }

  /** Publishes what follows from the outcome, then acknowledges. */
  async #settle(message: DeliveredMessage, outcome: Outcome, stage: Stage): Promise<void> {
    const { report, onDone } = this.options;
    const { session, failures } = stage;
    if ("value" in outcome) {
      const answer = answerTo(message, outcome.value);
      if (answer) await this.#answer(answer, stage);
    } else {
      const reason = escapeText(outcome.reason);
      const answer = errorAnswerTo(message, outcome.reason);
      if (answer) {
        report?.(`Failed, which is the answer: ${reason}`);
        await this.#answer(answer, stage);
      } else {
        const { message: copy, fate } = failures.copy(message, outcome.reason);
        report?.(`Failed (${fate}): ${reason}`);
        const returned = await this.#publish(copy, stage);
        // The next session declares the queue anew.
        if (returned !== undefined) throw retryable(`The queue ${copy.routingKey} is gone`);
      }
    }
    await session.channel.basicAck(message.deliveryTag);
    this.#offset.done(message);
    this.handled++;
    if ("value" in outcome) onDone?.(message);
  }

  async #answer(answer: OutgoingMessage, stage: Stage): Promise<void> {
    const returned = await this.#publish(answer, stage);
    // Direct reply-to is no queue: RabbitMQ delivers the answer and returns it too.
    if (returned === undefined || answer.routingKey.startsWith(DIRECT_REPLY_TO)) return;
    this.options.report?.("Nobody waits for an answer any more; it is dropped");
  }

  async #publish(message: OutgoingMessage, stage: Stage): Promise<string | undefined> {
    const { connection, lost: signal } = stage.session;
    await connection.writable(signal);
    try {
      return await abortable(stage.publish(message), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw retryable(`A message for ${message.routingKey} was not taken: ${error}`);
    }
  }
}

/** What a message that was delivered belongs to. */
interface Stage {
  readonly session: Session;
  readonly failures: Failures;
  readonly subscription: Subscription;
  readonly publish: PublishConfirmed;
  /** Why the session is to end. */
  failure?: { error: unknown };
}

/** What the next session may cure. */
function retryable(message: string): PublishError {
  return new PublishError(escapeText(message), { retryable: true });
}
