import type { ByteStream } from "./byte_stream.ts";
import { concat } from "./concat.ts";

/** What waits is written together up to this many bytes. */
const LARGEST_WRITE = 64 * 1024;
/** With this many bytes waiting, more are not welcome. */
const FULL = 256 * 1024;

/** What a {@linkcode WriteQueue} tells. */
export interface WriteQueueOptions {
  /** Is called when something was written, and the queue is not full. */
  onDrain: () => void;
  /** Is called when a write failed; nothing more is written. */
  onError: (error: unknown) => void;
}

/** Writes to a stream what comes, in order; what comes during a write goes out together after it. */
export class WriteQueue {
  #waiting: Uint8Array[] = [];
  #size = 0;
  #isWriting = false;

  /** Writes to `stream`. */
  constructor(readonly stream: ByteStream, readonly options: WriteQueueOptions) {}

  /** Whether more had better wait until `onDrain`. */
  get isFull(): boolean {
    return this.#size >= FULL;
  }

  /** Puts bytes in the queue. */
  push(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#size += bytes.length;
    if (!this.#isWriting) this.#write();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    try {
      while (this.#waiting.length) {
        const bytes = this.#take();
        await this.stream.write(bytes);
        this.#size -= bytes.length;
        if (!this.isFull) this.options.onDrain();
      }
      this.#isWriting = false;
    } catch (error) {
      this.options.onError(error);
    }
  }

  /** Takes the first chunk, and with it as many small ones as fit into one write. */
  #take(): Uint8Array {
    let size = 0;
    let count = 0;
    for (const { length } of this.#waiting) {
      if (count && size + length > LARGEST_WRITE) break;
      size += length;
      count++;
    }
    return concat(this.#waiting.splice(0, count));
  }
}
