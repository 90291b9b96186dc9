import type { Replacement, Said } from "./fake_broker.ts";
import {
  frame as build,
  long,
  method,
  SAYS,
  short,
  uint16,
  uint32,
  uint64,
} from "./frame_builder.ts";
import { MESSAGE_TRICKS } from "./hostile_messages.ts";
import type { Random } from "./random.ts";
import { EVIL, HUGE, type Trick } from "./trick.ts";

/** Frames that no broker in good order sends, and frames at the wrong time. */
const FRAME_TRICKS: Record<string, Trick> = {
  truncated: ({ frame }, random) => ({
    bytes: frame.slice(0, random.below(frame.length)),
    isOver: true,
  }),
  "cut in the middle": ({ frame }, random) => {
    const at = random.below(frame.length);
    return [...frame.slice(0, at), ...frame.slice(at + 1 + random.below(4))];
  },
  "bits flipped": ({ frame }, random) => {
    const flipped = [...frame];
    for (let left = 1 + random.below(8); left > 0; left--) {
      const at = random.below(flipped.length);
      flipped[at] = (flipped[at] ?? 0) ^ 1 << random.below(8);
    }
    return flipped;
  },
  "bytes put in": ({ frame }, random) => {
    const at = random.below(frame.length + 1);
    return [...frame.slice(0, at), ...random.bytes(1 + random.below(9)), ...frame.slice(at)];
  },
  doubled: ({ frame }) => [...frame, ...frame],
  "left out": () => [],
  noise: (_, random) => random.bytes(1 + random.below(300)),
  "noise in a frame": ({ channel }, random) =>
    build(random.pick([1, 2, 3, 8]), channel, random.bytes(random.below(100))),
  "unknown type": ({ channel, frame }, random) => [
    ...build(random.below(256), channel, random.bytes(random.below(9))),
    ...frame,
  ],
  "wrong channel": ({ frame }, random) => {
    const [type = 0, , , ...rest] = frame;
    return [type, ...uint16(random.pick([0, 1, 2, 3, 2047, 65_535])), ...rest];
  },
  "wrong end": ({ frame }, random) => [...frame.slice(0, -1), random.below(256)],
  "huge size": ({ frame }, random) => [
    ...frame.slice(0, 3),
    ...uint32(random.pick(HUGE)),
    ...frame.slice(7),
  ],
  "another size": ({ frame }, random) => [
    ...frame.slice(0, 3),
    ...uint32(random.below(64)),
    ...frame.slice(7),
  ],
  "unknown method": ({ channel, frame }, random) => [
    ...method(channel, [random.below(120), random.below(130)], random.bytes(random.below(30))),
    ...frame,
  ],
  "another method": ({ channel }, random) =>
    method(channel, random.pick(Object.values(SAYS)), random.bytes(random.below(30))),
  "method without arguments": ({ channel }, random) =>
    method(channel, random.pick(Object.values(SAYS))),
  "string that is too long": ({ channel, frame }) => [
    ...method(channel, SAYS.consumeOk, [255, 97]),
    ...frame,
  ],
  "ack of what was never sent": ({ channel, frame }, random) => [
    ...method(channel, random.pick([SAYS.ack, SAYS.nack]), [
      ...uint64(random.pick([0, 4, 999, 2 ** 40, 2 ** 53, 2 ** 63])),
      random.below(4),
    ]),
    ...frame,
  ],
  "connection closed, and more": ({ frame }, random) => [
    ...method(0, SAYS.close, [
      ...uint16(random.pick([200, 320, 403, 404, 501, 530, 541, 0, 65_535])),
      ...short(random.pick(["", "CONNECTION_FORCED", EVIL])),
      ...uint32(0),
    ]),
    ...random.pick([
      frame,
      method(0, SAYS.start, [0, 9, ...long([]), ...long("PLAIN"), ...long("")]),
      method(0, SAYS.tune, [...uint16(1), ...uint32(4_096), ...uint16(1)]),
    ]),
  ],
  "channel closed, and more": ({ channel, frame }, random) => [
    ...method(channel, SAYS.channelClose, [
      ...uint16(random.pick([200, 403, 404, 405, 406, 541, 0])),
      ...short(random.pick(["", "NOT_FOUND - no queue", EVIL, `inequivalent arg '${EVIL}'`])),
      ...uint32(0),
    ]),
    ...frame,
  ],
  "close-ok that nobody asked for": ({ frame }) => [...method(0, SAYS.closeOk), ...frame],
  "channel.close-ok that nobody asked for": ({ channel, frame }) => [
    ...method(channel, SAYS.channelCloseOk),
    ...frame,
  ],
  "login begun again": ({ frame }) => [
    ...method(0, SAYS.start, [0, 9, ...long([]), ...long("PLAIN"), ...long("")]),
    ...frame,
  ],
  "tuned to nonsense": ({ frame }, random) => [
    ...method(0, SAYS.tune, [
      ...uint16(random.pick([0, 1, 65_535])),
      ...uint32(random.pick([0, 1, 4_095, 4_096, ...HUGE])),
      ...uint16(random.pick([0, 1, 65_535])),
    ]),
    ...frame,
  ],
  "opened again": ({ frame }) => [...method(0, SAYS.openOk, [0]), ...frame],
  "blocked with a text": ({ frame }) => [
    ...method(0, SAYS.blocked, short(EVIL)),
    ...method(0, SAYS.unblocked),
    ...frame,
  ],
  "consumer cancelled": ({ channel, consumer, frame }, random) => [
    ...method(channel, SAYS.cancel, [...short(random.pick([consumer, "nobody"])), random.below(2)]),
    ...frame,
  ],
};

const TRICKS = { ...FRAME_TRICKS, ...MESSAGE_TRICKS };

/** Names of all tricks. */
export const TRICK_NAMES: string[] = Object.keys(TRICKS);

/** Replaces one frame, number `at`, by a trick. */
export function playTrick(
  name: string,
  at: number,
  random: Random,
): (said: Said, number: number) => Replacement {
  return (said: Said, number: number): Replacement => {
    if (number !== at) return { bytes: said.frame };
    const played = TRICKS[name]?.(said, random) ?? [];
    return Array.isArray(played) ? { bytes: played } : played;
  };
}
