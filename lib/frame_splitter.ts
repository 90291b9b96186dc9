import { AMQPView } from "@cloudamqp/amqp-client/amqp-view";
import type { FrameCheck } from "./frame_check.ts";

/** Bytes of a frame around its payload: type, channel and size before it, the end mark after it. */
const HEADER = 7;
const OVERHEAD = HEADER + 1;
const METHOD_FRAME = 1;
/** Class and method, as they stand in a frame. */
const NACK = (60 << 16) | 120;
const TUNE = (10 << 16) | 30;
/** The smallest limit that AMQP allows for a frame, in bytes. */
const FRAME_MIN = 4096;

/** Finds the frames in what comes in (AMQP 0-9-1, section 4.2.3). */
export class FrameSplitter {
  readonly #buffer: Uint8Array<ArrayBuffer>;
  readonly #view: AMQPView;
  /** Where the first frame that is not yet complete begins, and where the free room does. */
  #start = 0;
  #end = 0;

  /** `largest` is how many bytes a frame may have; `check` looks at each. */
  constructor(readonly largest: number, readonly check: Pick<FrameCheck, "check">) {
    this.#buffer = new Uint8Array(2 * largest);
    this.#view = new AMQPView(this.#buffer.buffer);
  }

  /** Where the next bytes are to be written to. What {@linkcode take} returned is void with it. */
  room(): Uint8Array {
    if (this.#buffer.length - this.#end < this.largest) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    return this.#buffer.subarray(this.#end);
  }

  /**
   * Takes `count` bytes that were written into the room.
   *
   * @returns All frames that are complete, maybe none; but after one that is about the connection the
   *   others are left for the next time, for which 0 bytes will do.
   * @throws {RangeError} If a frame is none that a broker would send, is larger than it may be, or all
   *   must be smaller than AMQP allows.
   */
  take(count: number): AMQPView {
    this.#end += count;
    let at = this.#start;
    while (this.#end - at >= HEADER) {
      const size = this.#view.getUint32(at + 3) + OVERHEAD;
      if (size > this.largest) throw new RangeError(`A frame has ${size} bytes`);
      if (this.#end - at < size) break;
      const isTurn = this.check.check(this.#view, at, size - OVERHEAD);
      if (this.#view.getUint8(at) === METHOD_FRAME) this.#fixMethod(at + HEADER);
      at += size;
      if (isTurn) break;
    }
    const frames = new AMQPView(this.#buffer.buffer, this.#start, at - this.#start);
    this.#start = at;
    if (at === this.#end) this.#start = this.#end = 0;
    return frames;
  }

  /** Corrects what the client would misunderstand of a method, which begins at `at`. */
  #fixMethod(at: number): void {
    const method = this.#view.getUint32(at);
    if (method === NACK) {
      // After the delivery tag come the bits. RabbitMQ sets `requeue` beside `multiple`; the client
      // takes that for the refusal of a single message, and the others would be waited for for ever.
      const bits = at + 4 + 8;
      this.#view.setUint8(bits, this.#view.getUint8(bits) & 1);
    } else if (method === TUNE) {
      // After channel_max. 0 is no limit, but the client takes the smaller number of the two.
      const frameMax = this.#view.getUint32(at + 4 + 2);
      if (frameMax === 0) this.#view.setUint32(at + 4 + 2, this.largest);
      else if (frameMax < FRAME_MIN) throw new RangeError(`Frames of at most ${frameMax} bytes`);
    }
  }
}
