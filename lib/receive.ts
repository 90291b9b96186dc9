import { actUntilStopped } from "./act_until_stopped.ts";
import { abortable } from "./abortable.ts";
import { callHandler } from "./call_handler.ts";
import type { DeliveredMessage } from "./client_types.ts";
import type { Config } from "./config_schema.ts";
import type { ConsumeOptions } from "./consume.ts";
import { startConfirms } from "./confirms.ts";
import type { Session } from "./declare_then_act.ts";
import { ConfigError } from "./errors.ts";
import { Failures } from "./failures.ts";
import type { Handler } from "./handler.ts";
import { Settler } from "./settle.ts";
import { StreamOffset } from "./stream_offset.ts";
import { subscribe, type Subscription } from "./subscription.ts";
import { Wakeup } from "./wakeup.ts";

/** How {@linkcode receive} ends and what it tells; `count` also counts what failed. */
export interface ReceiveOptions extends ConsumeOptions {
  /** Is called with each message that the handler succeeded on, once it is acknowledged. */
  onDone?: ((message: DeliveredMessage) => void) | undefined;
}

/**
 * Calls a handler with each message of the config's queue, `receive.concurrency` at a time, and
 * acknowledges those that it succeeds on. One that it fails on, or takes longer for than
 * `receive.timeout`, is tried again after `receive.retry.delay`, and dead-lettered after
 * `receive.retry.attempts`; one that asks for an answer (`reply_to`) gets the error as its answer, and is
 * dead-lettered at once.
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
  await actUntilStopped(config, receiver, { role: "receive", signal, report });
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
    const { lost, queue } = session;
    const { receive } = this.config;
    const { signal, count = Infinity, onReady, report } = this.options;
    lost.addEventListener("abort", this.wake);
    const failures = new Failures(this.config, queue);
    await abortable(
      failures.declare(session),
      AbortSignal.any([lost, ...(signal ? [signal] : [])]),
    );
    const confirms = startConfirms(session, { mandatory: true, report });
    const settler = new Settler({ session, confirms, failures, signal, report });

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
    const stage: Stage = { session, settler, subscription, running: 0 };
    session.getsOn();
    if (!this.#isReady) onReady?.();
    this.#isReady = true;
    this.#lastChange = performance.now();

    while (!this.#isOver && !stage.failure) {
      lost.throwIfAborted();
      const mayStart = this.#running < receive.concurrency && this.handled + stage.running < count;
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
    while (stage.running > 0 && !lost.aborted) await this.#wakeup.wait();
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
    const { lost, queue } = stage.session;
    this.#running++;
    stage.running++;
    // The last one is not acknowledged before the broker has stopped to deliver others.
    const isLast = this.handled + stage.running === this.options.count;
    const cancelled = isLast ? stage.subscription.cancel() : Promise.resolve(true);
    cancelled.catch(() => {}); // It is awaited below, when the handler is done.
    try {
      const { timeout } = this.config.receive;
      const outcome = await callHandler(this.handler, message, { queue, timeout });
      await cancelled;
      lost.throwIfAborted();
      await stage.settler.settle(message, outcome);
      this.#offset.done(message);
      this.handled++;
      if ("answer" in outcome) this.options.onDone?.(message);
    } catch (error) {
      // After a loss the message comes again, and that is all.
      if (!lost.aborted) stage.failure ??= { error };
    } finally {
      this.#running--;
      stage.running--;
      this.#lastChange = performance.now();
      this.wake();
    }
  }
}

/** What a message that was delivered belongs to. */
interface Stage {
  readonly session: Session;
  readonly settler: Settler;
  readonly subscription: Subscription;
  /** How many of its messages are being handled. */
  running: number;
  /** Why the session is to end. */
  failure?: { error: unknown };
}
