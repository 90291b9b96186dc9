import type { AMQPView } from "@cloudamqp/amqp-client/amqp-view";

const HEADER = 7;
const FRAME_END = 0xce;
/** The largest message that RabbitMQ can be set to take, in bytes: room is made for it at once. */
const LARGEST_BODY = 512 * 1024 * 1024;
/** Where a content header says how large the body is, and where its properties begin. */
const BODY_SIZE_AT = 4;
const PROPERTIES_AT = BODY_SIZE_AT + 8;
/** Expected on a channel in place of a number of bytes: the content header. */
const CONTENT_HEADER = -1;

/** Class and method, as they stand in a frame. */
const id = (classId: number, methodId: number) => (classId << 16) | methodId;
const CONNECTION = 10;
const START = id(10, 10);
const TUNE = id(10, 30);
const OPEN_OK = id(10, 41);
const CLOSE_OK = id(10, 51);
const CHANNEL_CLOSE_OK = id(20, 41);
const RETURN = id(60, 50);
const DELIVER = id(60, 60);
const GET_OK = id(60, 71);
/** These begin a connection, each once and in this order. */
const LOGIN = [START, TUNE, OPEN_OK];

/**
 * What a broker says (AMQP 0-9-1, section 1.4 to 1.8), and the arguments, as the client reads them: so
 * many bytes, `s`hort or `l`ong strings.
 */
const METHODS = new Map([
  [START, "11lll"],
  [TUNE, "242"],
  [OPEN_OK, "1"],
  [id(10, 50), "2s22"],
  [CLOSE_OK, ""],
  [id(10, 60), "s"],
  [id(10, 61), ""],
  [id(20, 11), "4"],
  [id(20, 40), "2s22"],
  [CHANNEL_CLOSE_OK, ""],
  [id(40, 11), ""],
  [id(40, 21), ""],
  [id(40, 31), ""],
  [id(40, 51), ""],
  [id(50, 11), "s44"],
  [id(50, 21), ""],
  [id(50, 31), "4"],
  [id(50, 41), "4"],
  [id(50, 51), ""],
  [id(60, 11), ""],
  [id(60, 21), "s"],
  [id(60, 30), "s1"],
  [id(60, 31), "s"],
  [RETURN, "2sss"],
  [DELIVER, "s81ss"],
  [GET_OK, "81ss4"],
  [id(60, 72), "s"],
  [id(60, 80), "81"],
  [id(60, 111), ""],
  [id(60, 120), "81"],
  [id(85, 11), ""],
  [id(90, 11), ""],
  [id(90, 21), ""],
  [id(90, 31), ""],
]);

/** The properties in the order of their flags, from the highest on, as arguments. */
const PROPERTIES = "ssl11ssss8sss";

/** What is known about a connection. */
export interface ConnectionState {
  /** Whether there is a channel with this number. */
  isOpen(channel: number): boolean;
  /** Whether we have asked to close this channel; 0: all of the connection. */
  isClosing(channel: number): boolean;
}

/**
 * Looks at each frame before the client does, which believes what it reads: it would take the rest of
 * a frame that is longer than it should be for the next one, make room for a body of any size, and
 * go on waiting where there is nothing to wait for any more.
 */
export class FrameCheck {
  readonly #connection: ConnectionState;
  /** How far the login is. */
  #login = 0;
  /** What is missing of a message, by channel: {@linkcode CONTENT_HEADER}, or so many bytes of its body. */
  readonly #missing = new Map<number, number>();

  /** Takes the state of the connection. */
  constructor(connection: ConnectionState) {
    this.#connection = connection;
  }

  /**
   * Looks at a frame that begins at `at` and has `size` bytes of payload.
   *
   * @returns Whether it is about the connection: after it everything may be different.
   * @throws {RangeError} If no broker would send it.
   */
  check(view: AMQPView, at: number, size: number): boolean {
    const start = at + HEADER;
    const end = start + size;
    if (view.getUint8(end) !== FRAME_END) {
      throw new RangeError("A frame does not end where it says");
    }
    const type = view.getUint8(at);
    const channel = view.getUint16(at + 1);
    if (!this.#connection.isOpen(channel)) throw new RangeError(`There is no channel ${channel}`);
    if (type === 1) return this.#checkMethod(view, start, end, channel);
    if (type === 2) this.#checkHeader(view, start, end, channel);
    else if (type === 3) this.#checkBody(size, channel);
    else if (type !== 8 || size !== 0 || channel !== 0) {
      throw new RangeError(`A frame of type ${type} and ${size} bytes on channel ${channel}`);
    }
    return false;
  }

  #checkMethod(view: AMQPView, start: number, end: number, channel: number): boolean {
    const method = end - start < 4 ? 0 : view.getUint32(start);
    const args = METHODS.get(method);
    const isOfConnection = method >>> 16 === CONNECTION;
    if (args === undefined || isOfConnection !== (channel === 0)) {
      throw new RangeError(`Method ${method >>> 16}.${method & 0xffff} on channel ${channel}`);
    }
    if (endOf(args, view, start + 4, end) !== end) throw new RangeError("Other arguments");
    if (this.#missing.has(channel)) throw new RangeError("A message breaks off");
    if (method === DELIVER || method === RETURN || method === GET_OK) {
      this.#missing.set(channel, CONTENT_HEADER);
    }
    if (isOfConnection || method === CHANNEL_CLOSE_OK) this.#checkOrder(method, channel);
    return isOfConnection;
  }

  #checkOrder(method: number, channel: number): void {
    const isGoodbye = method === CLOSE_OK || method === CHANNEL_CLOSE_OK;
    const isUnasked = isGoodbye && !this.#connection.isClosing(channel);
    const isLogin = LOGIN.includes(method);
    if (isUnasked || isLogin && method !== LOGIN[this.#login]) {
      throw new RangeError(`Method ${method >>> 16}.${method & 0xffff} out of turn`);
    }
    if (isLogin) this.#login++;
  }

  #checkHeader(view: AMQPView, start: number, end: number, channel: number): void {
    if (this.#missing.get(channel) !== CONTENT_HEADER) throw new RangeError("A header of nothing");
    if (end - start < PROPERTIES_AT + 2) throw new RangeError("A header is too short");
    const bodySize = view.getUint64(start + BODY_SIZE_AT);
    if (bodySize > LARGEST_BODY) throw new RangeError(`A message of ${bodySize} bytes`);
    const flags = view.getUint16(start + PROPERTIES_AT);
    let at = start + PROPERTIES_AT + 2;
    for (let bit = 0; bit < PROPERTIES.length; bit++) {
      if (flags & 0x8000 >>> bit) at = endOf(PROPERTIES.charAt(bit), view, at, end);
    }
    if (at !== end || flags & 0b111) throw new RangeError("Other properties");
    this.#miss(channel, bodySize);
  }

  #checkBody(size: number, channel: number): void {
    const left = (this.#missing.get(channel) ?? 0) - size;
    if (left < 0) throw new RangeError("More of a message than there is");
    this.#miss(channel, left);
  }

  #miss(channel: number, bytes: number): void {
    if (bytes > 0) this.#missing.set(channel, bytes);
    else this.#missing.delete(channel);
  }
}

/** Where arguments that begin at `at` end. */
function endOf(args: string, view: AMQPView, at: number, end: number): number {
  for (let index = 0; index < args.length; index++) {
    const kind = args.charCodeAt(index);
    const length = kind === 0x73 ? 1 : kind === 0x6c ? 4 : kind - 0x30;
    if (at + length > end) return NaN;
    if (kind === 0x73) at += view.getUint8(at);
    else if (kind === 0x6c) at += view.getUint32(at);
    at += length;
  }
  return at;
}
