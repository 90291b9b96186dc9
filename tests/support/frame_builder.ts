/** Frames as they stand on the wire (AMQP 0-9-1, section 4.2.3), written without the code under test. */

const FRAME_END = 0xce;
const encoder = new TextEncoder();

/** Unsigned integers, the most significant byte first. */
export const uint16 = (value: number): number[] => [value >>> 8 & 0xff, value & 0xff];
export const uint32 = (value: number): number[] => [...uint16(value >>> 16), ...uint16(value)];
export const uint64 = (value: number): number[] => [
  ...uint32(Math.floor(value / 2 ** 32)),
  ...uint32(value % 2 ** 32),
];

/** A short string: its length in one byte, then UTF-8. */
export function short(text: string): number[] {
  const bytes = encoder.encode(text);
  return [bytes.length & 0xff, ...bytes];
}

/** A long string, or a table of which the fields are given: the length in four bytes comes first. */
export function long(content: string | number[]): number[] {
  const bytes = typeof content === "string" ? encoder.encode(content) : content;
  return [...uint32(bytes.length), ...bytes];
}

/** A frame. `size` is what it says of its payload. */
export function frame(
  type: number,
  channel: number,
  payload: number[],
  { size = payload.length, end = FRAME_END }: { size?: number; end?: number } = {},
): number[] {
  return [type, ...uint16(channel), ...uint32(size), ...payload, end];
}

/** A method frame. */
export function method(
  channel: number,
  [classId, methodId]: readonly [number, number],
  args: number[] = [],
): number[] {
  return frame(1, channel, [...uint16(classId), ...uint16(methodId), ...args]);
}

/** A content header frame: the size of the body; `properties` begins with the flags. */
export function header(channel: number, bodySize: number, properties = uint16(0)): number[] {
  return frame(2, channel, [...uint16(60), ...uint16(0), ...uint64(bodySize), ...properties]);
}

/** A body frame. */
export function body(channel: number, bytes: number[]): number[] {
  return frame(3, channel, bytes);
}

/** Class and method of what a broker says. */
export const SAYS = {
  start: [10, 10],
  tune: [10, 30],
  openOk: [10, 41],
  close: [10, 50],
  closeOk: [10, 51],
  blocked: [10, 60],
  unblocked: [10, 61],
  channelOpenOk: [20, 11],
  channelClose: [20, 40],
  channelCloseOk: [20, 41],
  exchangeDeclareOk: [40, 11],
  queueDeclareOk: [50, 11],
  queueBindOk: [50, 21],
  qosOk: [60, 11],
  consumeOk: [60, 21],
  cancel: [60, 30],
  cancelOk: [60, 31],
  return: [60, 50],
  deliver: [60, 60],
  getOk: [60, 71],
  ack: [60, 80],
  nack: [60, 120],
  selectOk: [85, 11],
} as const satisfies Record<string, readonly [number, number]>;

/** basic.deliver. */
export function deliver(channel: number, consumer: string, tag: number, key = "q"): number[] {
  return method(channel, SAYS.deliver, [
    ...short(consumer),
    ...uint64(tag),
    0,
    ...short(""),
    ...short(key),
  ]);
}
