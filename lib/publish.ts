import type { Config } from "./config_schema.ts";
import { type Fate, startConfirms } from "./confirms.ts";
import { declareThenAct, type Session } from "./declare_then_act.ts";
import type { PublishError } from "./errors.ts";
import type { OutgoingMessage } from "./message.ts";
import type { Messages, PublishOptions } from "./publish_options.ts";
import { Outstanding, type Pending } from "./outstanding.ts";
import { PublishTally } from "./publish_tally.ts";
import { Rejections } from "./rejections.ts";
import { Source } from "./source.ts";
import { Wakeup } from "./wakeup.ts";

export type { Messages, PublishCounts, PublishOptions } from "./publish_options.ts";

/** How long the confirmations of what is in flight are waited for after a stop, in ms. */
const DRAIN_TIMEOUT = 10_000;
/** How long messages may be sent, in ms, before signals and the network get their turn. */
const TURN = 50;

/**
 * Publishes messages: confirmed and, unless `message.mandatory` is false, mandatory. Those not
 * confirmed when the connection is lost are sent again on the next one, under the same `messageId`,
 * so a message may arrive twice but never not at all. So are those that the broker rejects
 * (basic.nack), up to five times and for no longer than `broker.retry`, unless the config lets the
 * queue reject what is too much for it (`x-overflow: reject-publish`).
 *
 * @returns How many messages were confirmed, and routed to a queue if mandatory: all of them.
 * @throws {PublishError} If a message was unroutable, rejected, or is not confirmed at the end.
 * @throws {ConnectionError | TopologyError} As {@linkcode declareThenAct}.
 */
export async function publish(
  config: Config,
  messages: Messages,
  options: PublishOptions = {},
): Promise<number> {
  const publisher = new Publisher(config, messages, options);
  const stops = [publisher.giveUp, ...(options.signal ? [options.signal] : [])];
  try {
    await declareThenAct(config, (session) => publisher.act(session), {
      role: "send",
      signal: AbortSignal.any(stops),
      report: options.report,
    });
  } catch (error) {
    if (!stops.some(({ aborted, reason }) => aborted && reason === error)) {
      publisher.reportCounts();
      throw error;
    }
  } finally {
    publisher.close();
  }
  return publisher.conclude();
}

/** Keeps what outlives a connection: the messages not yet confirmed, and the rest of the source. */
class Publisher {
  readonly #outstanding = new Outstanding();
  readonly #tally = new PublishTally();
  readonly #rejections: Rejections;
  /** What a callback threw. */
  #failure: { error: unknown } | undefined;
  readonly #wakeup = new Wakeup();
  readonly #source: Source<OutgoingMessage>;
  readonly #giveUp = new AbortController();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #drainTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly config: Config,
    messages: Messages,
    readonly options: PublishOptions,
  ) {
    const batches = Symbol.asyncIterator in messages ? messages : [messages];
    this.#source = new Source(batches, this.#wakeup.call);
    this.giveUp.addEventListener("abort", this.#wakeup.call);
    options.signal?.addEventListener("abort", this.#onStop);
    this.#rejections = new Rejections(config);
    options.watch?.(() => ({
      confirmed: this.#tally.confirmed,
      unconfirmed: this.#outstanding.size,
    }));
    const timeout = config.message.confirm_timeout;
    if (timeout !== undefined) {
      this.#timer = setInterval(() => this.#expire(timeout), Math.min(1_000, timeout / 4 + 1));
    }
  }

  /** Aborted when there is no use in waiting any longer. */
  get giveUp(): AbortSignal {
    return this.#giveUp.signal;
  }

  async act(session: Session): Promise<void> {
    const { connection, lost } = session;
    let rejection: PublishError | undefined;
    const onFate = (pending: Pending, fate: Fate) => {
      this.#outstanding.answered(pending, { byBroker: !(fate instanceof Error) });
      if (!(fate instanceof Error)) return this.#settle(pending, fate);
      // Those that are pending when the session ends are neither refused nor confirmed.
      if (lost.aborted || this.giveUp.aborted || rejection !== undefined) return;
      const judgement = this.#rejections.judge(fate, { isLast: this.#isStopped });
      if (typeof judgement === "string") return this.#settle(pending, judgement);
      rejection = judgement;
      this.#wakeup.call();
    };
    const confirms = startConfirms(session, {
      mandatory: this.config.message.mandatory,
      report: this.options.report,
    });
    lost.addEventListener("abort", this.#wakeup.call);

    this.#outstanding.measureAnew();
    const again = [...this.#outstanding].values();
    let since = performance.now();
    for (let isWritable = false;;) {
      lost.throwIfAborted();
      this.giveUp.throwIfAborted();
      if (rejection) throw rejection;
      const pending = again.next().value ?? this.#take();
      if (pending) {
        if (!isWritable) await connection.writable(this.giveUp);
        // What cannot be sent is settled at once, so this may go on for long without any wait.
        if (performance.now() - since > TURN) {
          await new Promise((resolve) => setTimeout(resolve, 0));
          since = performance.now();
        }
        this.#outstanding.sent(pending);
        isWritable = confirms.publish(pending.message, (fate) => onFate(pending, fate));
      } else if (this.#isDone) return;
      else {
        await this.#wakeup.wait();
        isWritable = false;
        since = performance.now();
      }
    }
  }

  /** The next message that was not sent yet, if there is one and it may be sent. */
  #take(): Pending | undefined {
    const mayTake = !this.#isStopped && this.#outstanding.hasRoom;
    const message = mayTake ? this.#source.take() : undefined;
    return message && this.#outstanding.add(message);
  }

  get #isStopped(): boolean {
    return this.options.signal?.aborted === true;
  }

  get #isDone(): boolean {
    return (this.#isStopped || this.#source.isDry) && this.#outstanding.size === 0;
  }

  #settle(pending: Pending, refusal: string | undefined): void {
    // One that was sent again can be confirmed by an old connection's last words too.
    if (!this.#outstanding.take(pending)) return;
    const { message } = pending;
    try {
      if (refusal === undefined) {
        this.#tally.confirm();
        this.#rejections.reset();
        this.options.onConfirmed?.(message);
      } else {
        this.#tally.refuse(refusal);
        this.options.onRefused?.(message, refusal);
      }
    } catch (error) {
      this.#failure ??= { error };
      this.#giveUp.abort();
    }
    this.#wakeup.call();
  }

  readonly #onStop = (): void => {
    this.#wakeup.call();
    this.#drainTimer = setTimeout(() => this.#giveUp.abort(), DRAIN_TIMEOUT);
  };

  #expire(timeout: number): void {
    const { since } = this.#outstanding;
    if (since === undefined || performance.now() - since < timeout) return;
    this.#tally.explain(`not confirmed within ${timeout / 1_000} s`);
    this.#giveUp.abort();
  }

  close(): void {
    // Even to clear none loads Deno's timers: 20 ms of start-up time.
    if (this.#timer !== undefined) clearInterval(this.#timer);
    if (this.#drainTimer !== undefined) clearTimeout(this.#drainTimer);
    this.options.signal?.removeEventListener("abort", this.#onStop);
    this.#source.close();
  }

  /** Returns the number of messages if all are confirmed, and throws if not. */
  conclude(): number {
    const failure = this.#failure ?? this.#source.failure;
    if (failure) {
      this.reportCounts();
      throw failure.error;
    }
    return this.#tally.conclude(this.#outstanding.size, { isStopped: this.#isStopped });
  }

  /** Tells how far a run of many messages got before an error ends it. */
  reportCounts(): void {
    const counts = this.#tally.describe(this.#outstanding.size);
    if (counts !== undefined) this.options.report?.(counts);
  }
}
