/** The first size, and the bounds, in messages. */
const FIRST = 200;
const LEAST = 100;
const MOST = 10_000;
/**
 * How many messages are to wait at the broker: fewer leave it idle now and then, and with more its
 * flow control gets in their way. Measured with RabbitMQ 3.10 and quorum queues, where a window of
 * 1,000 was a fifth slower than one of 200.
 */
const WAITING = { least: 100, most: 200 };
/** By how much it grows or shrinks at a time, and by how much as long as hardly any wait. */
const STEP = 1.25;
const LEAP = 2;

/**
 * How many messages may be sent and not yet confirmed, for one connection. It follows the time that a
 * confirmation takes, as TCP Vegas does with its window: what is above the shortest time is waiting. So
 * it stays small beside a broker on this machine, and grows with the distance of one far away.
 */
export class Window {
  #size = FIRST;
  #shortest = Infinity;
  #probe: object | undefined;
  #sentAt = 0;
  #isUsedUp = false;

  /** Takes a clock, in ms. Default: `performance.now`. */
  constructor(readonly now: () => number = () => performance.now()) {}

  /** How many messages it lets through. */
  get size(): number {
    return Math.floor(this.#size);
  }

  /** Whether one more may be sent, when so many are not yet confirmed. */
  hasRoom(unconfirmed: number): boolean {
    const hasRoom = unconfirmed < this.#size;
    this.#isUsedUp ||= !hasRoom;
    return hasRoom;
  }

  /** Is to be told of each message that is sent; one at a time is watched. */
  sent(message: object): void {
    if (this.#probe) return;
    this.#probe = message;
    this.#sentAt = this.now();
    this.#isUsedUp = false;
  }

  /** Is to be told of each message that the broker has answered. */
  settled(message: object): void {
    if (this.#probe !== message) return;
    this.#probe = undefined;
    const took = this.now() - this.#sentAt;
    this.#shortest = Math.min(this.#shortest, took);
    // It says nothing about a larger window if this one was not used up.
    if (this.#isUsedUp) this.#adjust(took);
  }

  /** Is to be told of a message that was not answered: how long that took says nothing. */
  forget(message: object): void {
    if (this.#probe === message) this.#probe = undefined;
  }

  #adjust(took: number): void {
    const waiting = this.#size * (1 - this.#shortest / took);
    if (waiting > WAITING.most) this.#size = Math.max(this.#size / STEP, LEAST);
    else if (waiting < WAITING.least) {
      const factor = waiting < WAITING.least / 2 ? LEAP : STEP;
      this.#size = Math.min(this.#size * factor, MOST);
    }
  }
}
