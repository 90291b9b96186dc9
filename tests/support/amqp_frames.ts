/** The length of a frame's header: type 1, channel 2, size of the payload 4. */
const HEADER = 7;

/** Follows one direction of an AMQP 0-9-1 connection frame by frame (section 4.2.3 of the spec). */
export class AmqpFrames {
  #prologue: number;
  #header: number[] = [];
  #left = 0;

  /** Takes how many bytes come before the first frame: 8 from a client, "AMQP" 0 0 9 1. */
  constructor(prologue = 0) {
    this.#prologue = prologue;
  }

  /**
   * Follows the next chunk.
   *
   * @returns How many bytes of it, about half, end within a frame, of which something is then there
   * and something missing; `undefined` if there is no such place in it.
   */
  follow(chunk: Uint8Array): number | undefined {
    const between = this.#between(chunk);
    let cut = Math.ceil(chunk.length / 2);
    while (between.has(cut)) cut++;
    return cut <= chunk.length ? cut : undefined;
  }

  /** After how many bytes of the chunk no frame has begun and not ended. */
  #between(chunk: Uint8Array): Set<number> {
    const between = new Set([0]);
    for (let at = 0; at < chunk.length;) {
      if (this.#prologue > 0) {
        this.#prologue--;
        between.add(++at);
      } else if (this.#left > 0) {
        const passed = Math.min(this.#left, chunk.length - at);
        this.#left -= passed;
        at += passed;
        if (this.#left === 0) between.add(at);
      } else {
        this.#header.push(chunk[at++] ?? 0);
        if (this.#header.length === HEADER) {
          const size = new DataView(Uint8Array.from(this.#header).buffer).getUint32(3);
          // The payload, and the byte that ends a frame.
          this.#left = size + 1;
          this.#header = [];
        }
      }
    }
    return between;
  }
}
