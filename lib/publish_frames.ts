import { FRAME_OVERHEAD, FrameBytes } from "./frame_bytes.ts";
import type { OutgoingMessage } from "./message.ts";

/** So many bytes of small messages go out together. */
const BATCH = 64 * 1024;
/** A piece of a body that is longer than this, in bytes, goes out as it is, without being copied. */
const LONGEST_COPY = 16 * 1024;
/** What a method frame, or all short strings of a content header, take at most, and more. */
const SLACK = 4 * 1024;

// Types of frames, class and method (AMQP 0-9-1, sections 4.2.3 to 4.2.6).
const METHOD = 1;
const HEADER = 2;
const BODY = 3;
const BASIC = 60;
const PUBLISH = 40;

/** Where the frames go. */
export interface PublishFramesOptions {
  /** Number of the channel. */
  channel: number;
  /** The largest frame, in bytes, as it was negotiated. */
  frameMax: number;
  /** Whether messages that reach no queue come back. */
  mandatory: boolean;
  /** Takes bytes, which are never changed afterwards. */
  write: (bytes: Uint8Array) => void;
}

/**
 * Encodes messages as frames: basic.publish, content header, body. Small messages are gathered until
 * there are 64 KiB of them; no other frame can come in between those of one message.
 */
export class PublishFrames {
  readonly #options: PublishFramesOptions;
  readonly #frameMax: number;
  readonly #bytes: FrameBytes;

  /** Takes the channel, and what to do with the bytes. */
  constructor(options: PublishFramesOptions) {
    this.#options = options;
    this.#frameMax = options.frameMax;
    this.#bytes = new FrameBytes(BATCH + this.#frameMax + SLACK);
  }

  /**
   * Adds a message.
   *
   * @returns Whether it still waits to be written, by {@linkcode flush}.
   * @throws {Error} If it cannot be encoded; nothing of it is then written.
   */
  add(message: OutgoingMessage): boolean {
    const start = this.#bytes.length;
    try {
      this.#addMethod(message);
      this.#addHeader(message);
    } catch (error) {
      this.#bytes.length = start;
      throw error;
    }
    const isInPieces = this.#addBody(message.body);
    if (isInPieces || this.#bytes.length >= BATCH) this.flush();
    return this.#bytes.length > 0;
  }

  /** Writes what has been gathered. */
  flush(): void {
    if (this.#bytes.length === 0) return;
    this.#options.write(this.#bytes.takeAll());
  }

  #addMethod({ exchange, routingKey }: OutgoingMessage): void {
    const start = this.#bytes.beginFrame(METHOD, this.#options.channel);
    this.#bytes.addUint16(BASIC);
    this.#bytes.addUint16(PUBLISH);
    this.#bytes.addUint16(0); // Reserved: what was a ticket.
    this.#bytes.addShortString(exchange, "exchange");
    this.#bytes.addShortString(routingKey, "routing key");
    this.#bytes.addByte(this.#options.mandatory ? 1 : 0);
    this.#bytes.endFrame(start);
  }

  #addHeader({ properties, body }: OutgoingMessage): void {
    const start = this.#bytes.beginFrame(HEADER, this.#options.channel);
    this.#bytes.addUint16(BASIC);
    this.#bytes.addUint16(0); // The weight, which is not used.
    this.#bytes.addUint32(Math.floor(body.length / 2 ** 32));
    this.#bytes.addUint32(body.length >>> 0);
    this.#addProperties(properties);
    const size = this.#bytes.endFrame(start);
    if (size > this.#frameMax) throw this.#tooLarge();
  }

  /** One after the other, each with its flag. */
  #addProperties(properties: OutgoingMessage["properties"]): void {
    const flagsAt = this.#bytes.length;
    this.#bytes.addUint16(0); // The flags, which are not known yet.
    let flags = 0;
    const addText = (flag: number, value: string | undefined, name: string) => {
      if (value === undefined) return;
      flags |= flag;
      this.#bytes.addShortString(value, name);
    };
    const addByte = (flag: number, value: number | undefined) => {
      if (value === undefined) return;
      flags |= flag;
      this.#bytes.addByte(value);
    };
    addText(0x8000, properties.contentType, "content_type");
    addText(0x4000, properties.contentEncoding, "content_encoding");
    if (properties.headers) {
      flags |= 0x2000;
      this.#addTable(properties.headers);
    }
    addByte(0x1000, properties.deliveryMode);
    addByte(0x0800, properties.priority);
    addText(0x0400, properties.correlationId, "correlation_id");
    addText(0x0200, properties.replyTo, "reply_to");
    addText(0x0100, properties.expiration, "expiration");
    addText(0x0080, properties.messageId, "message_id");
    if (properties.timestamp) {
      flags |= 0x0040;
      this.#bytes.addTimestamp(properties.timestamp);
    }
    addText(0x0020, properties.type, "type");
    addText(0x0010, properties.userId, "user_id");
    addText(0x0008, properties.appId, "app_id");
    this.#bytes.setUint16(flagsAt, flags);
  }

  #addTable(table: NonNullable<OutgoingMessage["properties"]["headers"]>): void {
    try {
      this.#bytes.addTable(table);
    } catch (error) {
      // That is how it says that the bytes do not suffice; or that a date is none.
      const isFull = error instanceof RangeError && !/BigInt/.test(error.message);
      throw isFull ? this.#tooLarge(error) : error;
    }
    // The short strings that follow find room.
    if (this.#bytes.room < SLACK / 2) throw this.#tooLarge();
  }

  /** Returns whether a part of the message has been written, so that the rest has to be too. */
  #addBody(body: Uint8Array): boolean {
    let isInPieces = false;
    const most = this.#frameMax - FRAME_OVERHEAD;
    for (let at = 0; at < body.length; at += most) {
      const piece = body.length <= most ? body : body.subarray(at, at + most);
      const isCopied = piece.length <= LONGEST_COPY;
      const needed = FRAME_OVERHEAD + (isCopied ? piece.length : 0);
      if (this.#bytes.room < needed) {
        this.flush();
        isInPieces = true;
      }
      this.#bytes.beginFrame(BODY, this.#options.channel, piece.length);
      if (isCopied) this.#bytes.add(piece);
      else {
        this.flush();
        this.#options.write(piece);
        isInPieces = true;
      }
      this.#bytes.addFrameEnd();
    }
    return isInPieces;
  }

  #tooLarge(cause?: unknown): Error {
    const what = `its headers take more than the ${this.#frameMax} bytes of a frame`;
    return new Error(what, { cause });
  }
}
