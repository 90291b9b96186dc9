import { assertEquals, assertThrows } from "@std/assert";
import { FrameSplitter } from "../../lib/frame_splitter.ts";

/** A frame as it stands on the wire (AMQP 0-9-1, section 4.2.3). */
function frame(type: number, payload: number[]): number[] {
  const size = [24, 16, 8, 0].map((shift) => payload.length >> shift & 0xff);
  return [type, 0, 1, ...size, ...payload, 0xce];
}

/** A splitter that looks at nothing; `isTurn` says after what others wait. */
const splitterOf = (largest: number, isTurn = false) =>
  new FrameSplitter(largest, { check: () => isTurn });

const ACK = frame(1, [0, 60, 0, 80, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
const nack = (bits: number) => frame(1, [0, 60, 0, 120, 0, 0, 0, 0, 0, 0, 0, 9, bits]);
const HEARTBEAT = frame(8, []);

/** Gives the bytes in pieces of at most `size`, and returns what came out of each, if anything. */
function feed(splitter: FrameSplitter, bytes: number[], size: number): number[][] {
  const out: number[][] = [];
  for (let at = 0; at < bytes.length;) {
    const room = splitter.room();
    const piece = bytes.slice(at, at + Math.min(size, room.length));
    room.set(piece);
    at += piece.length;
    const { buffer, byteOffset, byteLength } = splitter.take(piece.length);
    if (byteLength) out.push([...new Uint8Array(buffer, byteOffset, byteLength)]);
  }
  return out;
}

Deno.test("take() returns all frames that have come whole, and keeps the rest for later", () => {
  const splitter = splitterOf(64);
  const bytes = [...ACK, ...HEARTBEAT, ...ACK];
  assertEquals(feed(splitter, bytes, ACK.length + HEARTBEAT.length + 3), [
    [...ACK, ...HEARTBEAT],
    ACK,
  ]);
});

for (const size of [1, 2, 3, 7, 8, 9, 50]) {
  Deno.test(`take() finds every frame of a long stream that comes ${size} bytes at a time`, () => {
    const splitter = splitterOf(64);
    const bytes = Array.from({ length: 40 }, (_, at) => at % 3 ? ACK : frame(3, Array(at).fill(at)))
      .flat();
    assertEquals(feed(splitter, bytes, size).flat(), bytes);
  });
}

Deno.test("take() takes a frame of the largest size, and refuses a larger one at its head", () => {
  const largest = frame(3, Array(56).fill(7));
  assertEquals(feed(splitterOf(64), largest, 10), [largest]);
  const tooLarge = frame(3, Array(57).fill(7)).slice(0, 7);
  assertThrows(() => feed(splitterOf(64), tooLarge, 7), RangeError, "65 bytes");
});

Deno.test("take() leaves what comes after a frame that changes everything for the next time", () => {
  const splitter = splitterOf(64, true);
  splitter.room().set([...ACK, ...HEARTBEAT]);
  const lengths = [ACK.length + HEARTBEAT.length, 0, 0].map((count) =>
    splitter.take(count).byteLength
  );
  assertEquals(lengths, [ACK.length, HEARTBEAT.length, 0]);
});

Deno.test("take() leaves of a nack's bits only `multiple`", () => {
  for (const [sent, kept] of [[0, 0], [1, 1], [2, 0], [3, 1]] as const) {
    assertEquals(feed(splitterOf(64), nack(sent), 64), [nack(kept)]);
  }
});

Deno.test("take() does not take a body that looks like a nack for one", () => {
  const body = [3, ...nack(3).slice(1)];
  assertEquals(feed(splitterOf(64), body, 64), [body]);
});

/** `connection.tune`: channel_max, frame_max, heartbeat. */
const tune = (frameMax: number[]) => frame(1, [0, 10, 0, 30, 7, 255, ...frameMax, 0, 60]);

Deno.test("take() puts our own limit where the broker sets none for frames", () => {
  const splitter = splitterOf(131_072);
  assertEquals(feed(splitter, tune([0, 0, 0, 0]), 64), [tune([0, 2, 0, 0])]);
  assertEquals(feed(splitter, tune([0, 0, 16, 0]), 64), [tune([0, 0, 16, 0])]);
});

Deno.test("take() refuses a limit that is smaller than AMQP allows", () => {
  for (const limit of [[0, 0, 0, 8], [0, 0, 15, 255]]) {
    assertThrows(() => feed(splitterOf(131_072), tune(limit), 64), RangeError, "at most");
  }
});
