import type { ByteStream } from "../../lib/byte_stream.ts";
import type { FakeBroker } from "./fake_broker.ts";

/** After so many turns of the event loop without a byte, there will come none. */
const QUIET_TURNS = 3;

/**
 * A connection to a {@linkcode FakeBroker} without a network. When nothing more is said by either side,
 * the broker hangs up; so whoever still waits then would wait for ever.
 */
export class MemoryStream implements ByteStream {
  #coming: number[];
  #isClosed = false;
  readonly #broker: FakeBroker;
  readonly #most: number;

  /** `most`: how many bytes come at a time. */
  constructor(broker: FakeBroker, most = Infinity) {
    this.#broker = broker;
    this.#most = most;
    this.#coming = broker.receive(Uint8Array.of(65, 77, 81, 80, 0, 0, 9, 1));
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (let quiet = 0; !this.#coming.length; quiet++) {
      if (this.#isClosed || quiet === QUIET_TURNS) return null;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const bytes = this.#coming.splice(0, Math.min(into.length, this.#most));
    into.set(bytes);
    return bytes.length;
  }

  write(bytes: Uint8Array): Promise<void> {
    for (const byte of this.#broker.receive(bytes)) this.#coming.push(byte);
    return Promise.resolve();
  }

  close(): void {
    this.#isClosed = true;
  }
}
