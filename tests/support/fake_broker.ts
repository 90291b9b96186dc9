import {
  body,
  deliver,
  header,
  long,
  method,
  SAYS,
  short,
  uint16,
  uint32,
  uint64,
} from "./frame_builder.ts";

/** "AMQP" 0 0 9 1. */
const PROLOGUE = 8;
/** How many messages a consumer gets. */
const MESSAGES = 3;

/** What a frame of the broker's may be replaced by. */
export interface Said {
  /** The frame that a broker in good order would send. */
  frame: number[];
  /** The channel that it is on. */
  channel: number;
  /** The consumer, once there is one. */
  consumer: string;
}

/** What to send instead of a frame; `isOver`: nothing after it. */
export interface Replacement {
  bytes: number[];
  isOver?: boolean;
}

/**
 * As much of a broker as is needed to let a client in, declare, confirm and deliver. It knows no
 * queues. What it says can be replaced: that is what it is for.
 */
export class FakeBroker {
  /** Whether it will say no more. */
  isOver = false;
  #received: number[] = [];
  #prologue = PROLOGUE;
  #published = 0;
  #consumer = "";
  /** How many frames were to be sent. */
  said = 0;
  readonly #replace: (said: Said, number: number) => Replacement;

  /** Takes what is to be sent instead of each frame, which are numbered from 0 on. */
  constructor(
    replace: (said: Said, number: number) => Replacement = ({ frame }) => ({ bytes: frame }),
  ) {
    this.#replace = replace;
  }

  /** Takes what a client sends, and returns what it is answered. */
  receive(bytes: Uint8Array): number[] {
    for (const byte of bytes) this.#received.push(byte);
    const answers: number[] = [];
    if (this.#prologue && this.#received.length >= PROLOGUE) {
      this.#received.splice(0, PROLOGUE);
      this.#prologue = 0;
      const table = long([...short("product"), 83, ...long("RabbitMQ")]);
      answers.push(...this.#say(
        0,
        method(0, SAYS.start, [
          ...[0, 9],
          ...table,
          ...long("PLAIN"),
          ...long("en_US"),
        ]),
      ));
    }
    while (!this.#prologue && this.#received.length >= 8) {
      const [type = 0, high = 0, low = 0, ...size] = this.#received.slice(0, 7);
      const length = size.reduce((sum, byte) => sum * 256 + byte, 0) + 8;
      if (this.#received.length < length) break;
      const payload = this.#received.splice(0, length).slice(7, -1);
      if (type === 1) answers.push(...this.#answer(high * 256 + low, payload));
    }
    return answers;
  }

  #say(channel: number, ...frames: number[][]): number[] {
    return frames.flatMap((frame) => {
      if (this.isOver) return [];
      const said = { frame, channel, consumer: this.#consumer };
      const { bytes, isOver = false } = this.#replace(said, this.said++);
      this.isOver = isOver;
      return bytes;
    });
  }

  #answer(channel: number, payload: number[]): number[] {
    const [, classId, , methodId, ...args] = payload;
    const say = (...frames: number[][]) => this.#say(channel, ...frames);
    switch (`${classId}.${methodId}`) {
      case "10.11":
        return say(method(0, SAYS.tune, [...uint16(2047), ...uint32(131_072), ...uint16(60)]));
      case "10.40":
        return say(method(0, SAYS.openOk, [0]));
      case "10.50":
        return say(method(0, SAYS.closeOk));
      case "20.10":
        return say(method(channel, SAYS.channelOpenOk, long("")));
      case "20.40":
        return say(method(channel, SAYS.channelCloseOk));
      case "40.10":
        return say(method(channel, SAYS.exchangeDeclareOk));
      case "50.10":
        return say(
          method(channel, SAYS.queueDeclareOk, [...short("q"), ...uint32(0), ...uint32(0)]),
        );
      case "50.20":
        return say(method(channel, SAYS.queueBindOk));
      case "60.10":
        return say(method(channel, SAYS.qosOk));
      case "60.20": {
        const [queueLength = 0] = args.slice(2);
        const [tagLength = 0, ...rest] = args.slice(2 + 1 + queueLength);
        const name = String.fromCharCode(...rest.slice(0, tagLength));
        this.#consumer = name;
        const messages = Array.from({ length: MESSAGES }, (_, at) => [
          deliver(channel, name, at + 1),
          // Content type, and headers with a number in them.
          header(channel, 5, [...uint16(0xa000), ...short("text/plain"), ...long([1, 97, 98, 7])]),
          body(channel, [104, 101, 108, 108, 111]),
        ]).flat();
        return say(method(channel, SAYS.consumeOk, short(name)), ...messages);
      }
      case "60.30":
        return say(method(channel, SAYS.cancelOk, short(this.#consumer)));
      case "60.40":
        return say(method(channel, SAYS.ack, [...uint64(++this.#published), 0]));
      case "85.10":
        return say(method(channel, SAYS.selectOk));
      default:
        return [];
    }
  }
}
