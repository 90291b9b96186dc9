import type { Field } from "@cloudamqp/amqp-client";
import { AMQPView } from "@cloudamqp/amqp-client/amqp-view";
import { LONGEST_SHORT_STRING } from "./field_table.ts";

const FRAME_HEADER = 7;
const FRAME_END = 0xce;
/** What a frame has besides its payload, in bytes. */
export const FRAME_OVERHEAD: number = FRAME_HEADER + 1;

const encoder = new TextEncoder();

/** Bytes to which frames are added, one field after the other. */
export class FrameBytes {
  /** How many bytes have been added. Can be set back. */
  length = 0;
  readonly #bytes: Uint8Array;
  readonly #view: AMQPView;

  /** Takes how many bytes there is room for. Who adds more than that gets a `RangeError`, mostly. */
  constructor(capacity: number) {
    const buffer = new ArrayBuffer(capacity);
    this.#bytes = new Uint8Array(buffer);
    this.#view = new AMQPView(buffer);
  }

  /** How many bytes there is room for. */
  get room(): number {
    return this.#bytes.length - this.length;
  }

  /** Takes out what has been added, as a copy. */
  takeAll(): Uint8Array {
    const all = this.#bytes.slice(0, this.length);
    this.length = 0;
    return all;
  }

  /**
   * Begins a frame (AMQP 0-9-1, section 4.2.3): type, channel, and the size of the payload, if that is
   * known.
   *
   * @returns Where it begins, for {@linkcode endFrame}.
   */
  beginFrame(type: number, channel: number, size = 0): number {
    const start = this.length;
    this.addByte(type);
    this.addUint16(channel);
    this.addUint32(size);
    return start;
  }

  /** Sets the size of a frame and ends it; returns how long it is in all. */
  endFrame(start: number): number {
    this.#view.setUint32(start + 3, this.length - start - FRAME_HEADER);
    this.addFrameEnd();
    return this.length - start;
  }

  /** Ends a frame of which the size is set. */
  addFrameEnd(): void {
    this.addByte(FRAME_END);
  }

  /** Adds bytes as they are. */
  add(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Adds one byte. */
  addByte(value: number): void {
    this.#bytes[this.length++] = value;
  }

  /** Adds two bytes. */
  addUint16(value: number): void {
    this.setUint16(this.length, value);
    this.length += 2;
  }

  /** Replaces two bytes. */
  setUint16(at: number, value: number): void {
    this.#view.setUint16(at, value);
  }

  /** Adds four bytes. */
  addUint32(value: number): void {
    this.#view.setUint32(this.length, value);
    this.length += 4;
  }

  /** Adds a time: seconds since 1970, in eight bytes. */
  addTimestamp(time: Date): void {
    this.#view.setInt64(this.length, Math.floor(Number(time) / 1_000));
    this.length += 8;
  }

  /** Adds a field table. */
  addTable(table: Record<string, Field>): void {
    this.length += this.#view.setTable(this.length, table);
  }

  /**
   * Adds a short string (AMQP 0-9-1, section 4.2.5.3): its length in one byte, then UTF-8.
   *
   * @throws {Error} If it is longer than 255 bytes; `name` says what it is.
   */
  addShortString(text: string, name: string): void {
    const { length } = text;
    const start = this.length;
    if (length > LONGEST_SHORT_STRING) throw tooLong(text, name);
    this.#bytes[start] = length;
    // Names and ids are ASCII mostly; for a few characters the encoder costs more than this loop.
    for (let at = 0; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code > 0x7f) return this.#addUtf8(text, name);
      this.#bytes[start + 1 + at] = code;
    }
    this.length = start + 1 + length;
  }

  #addUtf8(text: string, name: string): void {
    // It would go out as U+FFFD, and what comes back for it would not be known again.
    if (!text.isWellFormed()) {
      throw new Error(`its ${name} has half a character (a lone surrogate)`);
    }
    const encoded = encoder.encode(text);
    if (encoded.length > LONGEST_SHORT_STRING) throw tooLong(text, name);
    this.addByte(encoded.length);
    this.add(encoded);
  }
}

function tooLong(text: string, name: string): Error {
  const { length } = encoder.encode(text);
  return new Error(
    `its ${name} has ${length} bytes, more than the ${LONGEST_SHORT_STRING} that are possible`,
  );
}
