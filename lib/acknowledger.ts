import type { Channel } from "./client_types.ts";

/** Acknowledges on one channel what is done with, many messages at a time. */
export class Acknowledger {
  /** The delivery tag of the last message that is done with; 0 before the first. */
  tag = 0;
  #acknowledged = 0;

  /** Takes the channel on which the messages were delivered. */
  constructor(readonly channel: Channel) {}

  /** The message with this delivery tag, and all before it, are done with. */
  done(tag = 0): void {
    this.tag = Math.max(tag, this.tag);
  }

  /** Whether something that is done with is not yet acknowledged. */
  get isBehind(): boolean {
    return this.#acknowledged < this.tag;
  }

  /** Acknowledges all that is done with, but nothing after the delivery tag `last`. */
  async acknowledge(last = Infinity): Promise<void> {
    const tag = Math.min(this.tag, last);
    if (tag <= this.#acknowledged) return;
    await this.channel.basicAck(tag, true);
    this.#acknowledged = tag;
  }
}
