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
} from "./frame_builder.ts";
import { EVIL, HUGE, type Trick } from "./trick.ts";

/** A header frame's headers: the field of the name "a". */
const headers = (channel: number, field: number[], bodySize = 0) =>
  header(channel, bodySize, [...uint16(0x2000), ...long([1, 97, ...field])]);

/** Tables in tables, or lists in lists, so many. */
function nested(type: "A" | "F", depth: number): number[] {
  const parts: number[][] = [];
  let length = 0;
  for (let left = depth; left > 0; left--) {
    parts.push([type.charCodeAt(0), ...uint32(length)]);
    if (type === "F" && left > 1) parts.push([1, 97]);
    length += type === "F" && left > 1 ? 7 : 5;
  }
  return parts.reverse().flat();
}

/** Messages that are none. */
export const MESSAGE_TRICKS: Record<string, Trick> = {
  "delivery to nobody": ({ channel, frame }, random) => [
    ...deliver(channel, random.pick(["", "nobody", EVIL]), random.below(9)),
    ...header(channel, 2),
    ...body(channel, [1, 2]),
    ...frame,
  ],
  "delivery without content": ({ channel, consumer, frame }) => [
    ...deliver(channel, consumer, 7),
    ...frame,
  ],
  "two deliveries in each other": ({ channel, consumer, frame }) => [
    ...deliver(channel, consumer, 7),
    ...deliver(channel, consumer, 8),
    ...header(channel, 1),
    ...body(channel, [1]),
    ...frame,
  ],
  "header without delivery": ({ channel, frame }) => [...header(channel, 3), ...frame],
  "header without body": ({ channel, consumer, frame }) => [
    ...deliver(channel, consumer, 7),
    ...header(channel, 3),
    ...frame,
  ],
  "body without header": ({ channel, frame }, random) => [
    ...body(channel, random.chance(0.5) ? random.bytes(9) : [...frame]),
    ...frame,
  ],
  "body of a delivery without header": ({ channel, consumer, frame }) => [
    ...deliver(channel, consumer, 7),
    ...body(channel, [1, 2, 3]),
    ...frame,
  ],
  "body larger than announced": ({ channel, consumer, frame }, random) => [
    ...deliver(channel, consumer, 7),
    ...header(channel, random.below(4)),
    ...body(channel, random.bytes(4 + random.below(9))),
    ...frame,
  ],
  "body after the body": ({ channel, consumer, frame }) => [
    ...deliver(channel, consumer, 7),
    ...header(channel, 1),
    ...body(channel, [1]),
    ...body(channel, method(channel, SAYS.channelClose)),
    ...frame,
  ],
  "body of a huge size": ({ channel, consumer, frame }, random) => [
    ...deliver(channel, consumer, 7),
    ...header(channel, random.pick([2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53, 2 ** 63, 2 ** 30])),
    ...body(channel, [1]),
    ...frame,
  ],
  "table of a huge size": ({ channel, consumer, frame }, random) => [
    ...deliver(channel, consumer, 7),
    ...header(channel, 0, [...uint16(0x2000), ...uint32(random.pick(HUGE)), 1, 97]),
    ...frame,
  ],
  "field of a huge size": ({ channel, consumer, frame }, random) => [
    ...deliver(channel, consumer, 7),
    ...headers(channel, [
      random.pick([...("SxAF")]).charCodeAt(0),
      ...uint32(random.pick(HUGE)),
      1,
    ]),
    ...frame,
  ],
  "field that ends after its table": ({ channel, consumer, frame }, random) => [
    ...deliver(channel, consumer, 7),
    ...headers(channel, [random.pick([..."SxAF"]).charCodeAt(0), ...uint32(9), 1]),
    ...frame,
  ],
  "field of an unknown type": ({ channel, consumer, frame }, random) => [
    ...deliver(channel, consumer, 7),
    ...headers(channel, [random.below(256), ...random.bytes(9)]),
    ...frame,
  ],
  "nested deeply": ({ channel, consumer, frame }, random) => [
    ...deliver(channel, consumer, 7),
    ...headers(channel, nested(random.pick(["A", "F"]), random.pick([10, 100, 1_000, 10_000]))),
    ...frame,
  ],
  "unknown flags": ({ channel, consumer, frame }, random) => [
    ...deliver(channel, consumer, 7),
    ...header(channel, 0, [...uint16(random.below(65_536)), ...random.bytes(random.below(40))]),
    ...frame,
  ],
  "returned without content": ({ channel, frame }) => [
    ...method(channel, SAYS.return, [...uint16(312), ...short(EVIL), ...short(""), ...short("q")]),
    ...frame,
  ],
};
