import type { Session } from "./declare_then_act.ts";
import type { OutgoingMessage } from "./message.ts";
import { PublishFrames } from "./publish_frames.ts";
import { RejectedError } from "./rejections.ts";
import { Returns } from "./returns.ts";
import { escapeText } from "./terminal.ts";
import { Unconfirmed } from "./unconfirmed.ts";

/** How {@linkcode startConfirms} publishes. */
export interface ConfirmsOptions {
  /** Whether a message that reaches no queue comes back, and is so refused. */
  mandatory: boolean;
  /** Is told when the broker takes no messages, and when it takes them again. Default: nobody. */
  report?: ((line: string) => void) | undefined;
}

/**
 * What became of a message: `undefined` if the broker has confirmed it; a text if it has and the
 * message was refused all the same, being mandatory; an error, for `Rejections` to judge, if the
 * broker has rejected it or it could not be sent.
 */
export type Fate = string | Error | undefined;

/** Begins to publish on a session's channel, where nobody else publishes. */
export function startConfirms(
  session: Session,
  { mandatory, report }: ConfirmsOptions,
): Confirms {
  session.connection.onBlocked = (reason) =>
    report?.(
      reason === undefined
        ? "The broker takes messages again"
        : `The broker takes no messages: ${escapeText(reason)}`,
    );
  return new Confirms(session, mandatory);
}

/** A message that was published, and who is told what became of it. */
interface Publishing {
  readonly message: OutgoingMessage;
  readonly onFate: (fate: Fate) => void;
}

/**
 * Publishes on a session's channel, without the client's `basicPublish`: that takes 128 KiB of memory
 * for each message until it is confirmed, several promises, and a write to the socket.
 *
 * Is to be called when the connection is `writable`. Nobody is told what became of a message if the
 * channel is lost meanwhile: that is what `session.lost` is for.
 */
export class Confirms {
  readonly #session: Session;
  readonly #returns = new Returns();
  readonly #unconfirmed = new Unconfirmed<Publishing>();
  readonly #frames: PublishFrames;
  #isFlushing = false;

  /** Takes over the channel's returns and confirmations. */
  constructor(session: Session, mandatory: boolean) {
    const { channel } = session;
    this.#session = session;
    this.#frames = new PublishFrames({
      channel: channel.id,
      frameMax: channel.connection.frameMax,
      mandatory,
      // A write that fails means that the connection is lost.
      write: (bytes) => void channel.connection.send(bytes).catch(() => {}),
    });
    channel.onReturn = (message) => this.#returns.add(message);
    channel.publishConfirmed = (tag, multiple, nack) => this.#confirm(tag, { multiple, nack });
  }

  /**
   * Publishes a message at the end of this turn, together with others.
   *
   * @param onFate Is called once, at once if the message cannot be sent. It must not throw.
   * @returns Whether to go on; if not, wait until the connection is `writable`.
   */
  publish(message: OutgoingMessage, onFate: (fate: Fate) => void): boolean {
    let waits: boolean;
    try {
      // On a channel that is closed a frame would be the end of the connection.
      if (this.#session.channel.closed) throw new Error("the channel is closed");
      waits = this.#frames.add(message);
    } catch (error) {
      onFate(error instanceof Error ? error : new Error(String(error)));
      return true;
    }
    this.#unconfirmed.add({ message, onFate });
    if (waits && !this.#isFlushing) {
      this.#isFlushing = true;
      queueMicrotask(this.#flush);
    }
    return waits;
  }

  /**
   * Publishes a message.
   *
   * @returns Once the broker has confirmed it: why it was refused all the same, being mandatory; or
   *   `undefined`.
   * @throws {Error} If the broker has rejected it, or it cannot be sent.
   */
  publishOne(message: OutgoingMessage): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      this.publish(message, (fate) => fate instanceof Error ? reject(fate) : resolve(fate));
    });
  }

  readonly #flush = (): void => {
    this.#isFlushing = false;
    this.#frames.flush();
  };

  #confirm(tag: number, { multiple, nack }: { multiple: boolean; nack: boolean }): void {
    // With `multiple` it would stand for all.
    if (tag > this.#unconfirmed.last) throw new RangeError(`Message ${tag} was never sent`);
    if (!nack) this.#session.getsOn();
    const rejected = nack ? new RejectedError() : undefined;
    const settle = ({ message, onFate }: Publishing) =>
      onFate(rejected ?? this.#returns.take(message));
    if (multiple) {
      // 0 stands for all.
      for (const each of this.#unconfirmed.takeUpTo(tag || Infinity)) settle(each);
    } else {
      const one = this.#unconfirmed.take(tag);
      if (one) settle(one);
    }
  }
}
