import type { Replacement, Said } from "./fake_broker.ts";
import type { Random } from "./random.ts";

/** One way to answer what no broker in good order answers. */
export type Trick = (said: Said, random: Random) => number[] | Replacement;

/** Sizes of what nobody sends. */
export const HUGE = [
  0x7fff_ffff,
  0xffff_ffff,
  0x8000_0000,
  131_073,
  0x7fff_fff0,
  512 * 1024 * 1024,
];
/** A text that would drive a terminal and forge a line. */
export const EVIL = "\x1b[2J\nerror: forged\r\u202e\x07";
