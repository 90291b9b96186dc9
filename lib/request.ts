import { abortable } from "./abortable.ts";
import type { DeliveredMessage } from "./client_types.ts";
import type { Config } from "./config_schema.ts";
import { type Confirms, startConfirms } from "./confirms.ts";
import { declareThenAct, type Session } from "./declare_then_act.ts";
import { ConfigError, PublishError } from "./errors.ts";
import type { OutgoingMessage } from "./message.ts";
import { notAccepted } from "./publish_tally.ts";
import { Rejections } from "./rejections.ts";
import { quote } from "./terminal.ts";

/** The pseudo-queue of direct reply-to (https://www.rabbitmq.com/docs/direct-reply-to). */
const REPLY_TO = "amq.rabbitmq.reply-to";

/** How {@linkcode request} is stopped and what it tells. */
export interface RequestOptions {
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
  /** Is told of lost connections and alarms, in one short line each. Default: nobody. */
  report?: ((line: string) => void) | undefined;
  /** Is called once, when the broker has confirmed the request, unless the answer is there before. */
  onConfirmed?: (() => void) | undefined;
}

/**
 * Publishes a message, as `publish` does, and waits for the answer to it: the first message with its
 * correlation id that comes by direct reply-to. `replyTo` and `correlationId` are set here, and
 * `expiration` to the timeout if the message has none.
 *
 * An answer cannot reach a connection that was lost. The request is then sent again on the next one,
 * under the same `messageId` and `correlationId`, so it may be handled twice.
 *
 * @returns The answer.
 * @throws {ConfigError} If the config has no `message.reply`.
 * @throws {PublishError} If the request is unroutable or rejected; if no answer comes within
 *   `message.reply.timeout` of the first time that it is sent; if `signal` is aborted before; or if
 *   the answer is of the type `error`: its body says why.
 * @throws {ConnectionError | TopologyError} As {@linkcode declareThenAct}.
 */
export async function request(
  config: Config,
  message: OutgoingMessage,
  options: RequestOptions = {},
): Promise<DeliveredMessage> {
  const { reply } = config.message;
  if (!reply) {
    throw new ConfigError("Cannot request: the config does not say that an answer is awaited", {
      cure: "Set message.reply, such as {timeout: 30s}",
    });
  }
  using requester = new Requester(config, message, { ...options, timeout: reply.timeout });
  const answer = await declareThenAct(config, (session) => requester.act(session), {
    role: "send",
    signal: requester.giveUp,
    report: options.report,
  });
  if (answer.properties.type === "error") {
    throw new PublishError(`The answer is an error: ${quote(answer.body ?? "")}`);
  }
  return answer;
}

/** Keeps what outlives a connection: the request, and until when its answer is waited for. */
class Requester implements Disposable {
  readonly #correlationId: string = crypto.randomUUID();
  readonly #rejections: Rejections;
  readonly #giveUp = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #confirmTimer: ReturnType<typeof setTimeout> | undefined;
  #isConfirmed = false;

  constructor(
    readonly config: Config,
    readonly message: OutgoingMessage,
    readonly options: RequestOptions & { timeout: number },
  ) {
    this.#rejections = new Rejections(config);
    options.signal?.addEventListener("abort", this.#onStop);
    if (options.signal?.aborted) this.#onStop();
  }

  /** Aborted, with the error to end with, when there is no use in waiting any longer. */
  get giveUp(): AbortSignal {
    return this.#giveUp.signal;
  }

  async act(session: Session): Promise<DeliveredMessage> {
    const { connection, channel, lost } = session;
    const ended = AbortSignal.any([lost, this.giveUp]);
    const answer = Promise.withResolvers<DeliveredMessage>();
    const onAnswer = (message: DeliveredMessage) => {
      if (message.properties.correlationId === this.#correlationId) answer.resolve(message);
    };
    await abortable(channel.basicConsume(REPLY_TO, { noAck: true }, onAnswer), ended);
    const confirms = startConfirms(session, {
      mandatory: this.config.message.mandatory,
      report: this.options.report,
    });
    this.#startTimers();
    await connection.writable(ended);
    this.#send(confirms).catch((error) => {
      // A loss makes it fail too, and is told by its own reason.
      if (!ended.aborted) answer.reject(error);
    });
    const answered = await abortable(answer.promise, ended);
    this.#confirm();
    return answered;
  }

  async #send(confirms: Confirms): Promise<void> {
    const { properties, ...message } = this.message;
    const own = {
      // Nobody waits for the answer to a request that is taken later.
      expiration: properties.expiration ?? `${Math.ceil(this.options.timeout)}`,
      replyTo: REPLY_TO,
      correlationId: this.#correlationId,
    };
    const sending = confirms.publishOne({ ...message, properties: { ...properties, ...own } });
    const refusal = await sending.catch((error) => {
      const judgement = this.#rejections.judge(error, { isLast: false });
      if (typeof judgement !== "string") throw judgement;
      return judgement;
    });
    if (refusal !== undefined) throw notAccepted(refusal);
    this.#confirm();
  }

  #confirm(): void {
    clearTimeout(this.#confirmTimer);
    if (!this.#isConfirmed) this.options.onConfirmed?.();
    this.#isConfirmed = true;
  }

  #startTimers(): void {
    if (this.#timer !== undefined) return;
    const { timeout } = this.options;
    this.#timer = setTimeout(() => {
      this.#giveUp.abort(
        new PublishError(`No answer within ${timeout / 1_000} s`, {
          cure: "Is a receiver running that answers? message.reply.timeout says how long to wait",
        }),
      );
    }, timeout);
    const { confirm_timeout } = this.config.message;
    if (confirm_timeout === undefined) return;
    const reason = `not confirmed within ${confirm_timeout / 1_000} s`;
    this.#confirmTimer = setTimeout(
      () => this.#giveUp.abort(notAccepted(reason, { unconfirmed: 1 })),
      confirm_timeout,
    );
  }

  readonly #onStop = (): void => {
    this.#giveUp.abort(new PublishError("Stopped before the answer came"));
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#confirmTimer);
    this.options.signal?.removeEventListener("abort", this.#onStop);
  }
}
