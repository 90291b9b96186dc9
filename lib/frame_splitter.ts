import { AMQPView } from "@cloudamqp/amqp-client/amqp-view";

/** Bytes of a frame around its payload: type, channel and size before it, the end mark after it. */
const HEADER = 7;
const OVERHEAD = HEADER + 1;
const METHOD_FRAME = 1;
/** `basic.nack`: class 60, method 120. */
const NACK = (60 << 16) | 120;

/** Finds the frames in what comes in (AMQP 0-9-1, section 4.2.3). */
export class FrameSplitter {
  readonly #buffer: Uint8Array<ArrayBuffer>;
  readonly #view: AMQPView;
  /** Where the first frame that is not yet complete begins, and where the free room does. */
  #start = 0;
  #end = 0;

  /** `largest` is how many bytes a frame may have. */
  constructor(readonly largest: number) {
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
   * @returns All frames that are complete, maybe none.
   * @throws {RangeError} If a frame is larger than it may be.
   */
  take(count: number): AMQPView {
    this.#end += count;
    let at = this.#start;
    while (this.#end - at >= HEADER) {
      const size = this.#view.getUint32(at + 3) + OVERHEAD;
      if (size > this.largest) throw new RangeError(`A frame has ${size} bytes`);
      if (this.#end - at < size) break;
      this.#fixNack(at);
      at += size;
    }
    const frames = new AMQPView(this.#buffer.buffer, this.#start, at - this.#start);
    this.#start = at;
    if (at === this.#end) this.#start = this.#end = 0;
    return frames;
  }

  /**
   * Takes the bit `requeue` out of a `basic.nack`, which RabbitMQ sets beside `multiple`: the client
   * then takes it for the refusal of a single message, and the others would be waited for without end.
   */
  #fixNack(at: number): void {
    if (this.#view.getUint8(at) !== METHOD_FRAME) return;
    if (this.#view.getUint32(at + HEADER) !== NACK) return;
    // After class and method (4 bytes) and the delivery tag (8).
    const bits = at + HEADER + 12;
    this.#view.setUint8(bits, this.#view.getUint8(bits) & 1);
  }
}
