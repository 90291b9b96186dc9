import { assertEquals } from "@std/assert";
import { AmqpFrames } from "../support/amqp_frames.ts";

const PROTOCOL_HEADER = [65, 77, 81, 80, 0, 0, 9, 1];
const SIZES = [0, 1, 300, 0, 0, 7, 1_000, 2];

/** A frame with a payload of so many bytes, all of them 0xCE, which is also what ends a frame. */
function frame(size: number): number[] {
  return [3, 0, 1, 0, 0, size >> 8, size & 0xff, ...Array<number>(size).fill(0xce), 0xce];
}

/** Where no frame has begun and not ended. */
function placesBetween(): Set<number> {
  const places = new Set(Array.from({ length: PROTOCOL_HEADER.length + 1 }, (_, at) => at));
  let at = PROTOCOL_HEADER.length;
  for (const size of SIZES) places.add(at += frame(size).length);
  return places;
}

for (const length of [1, 2, 3, 7, 8, 9, 100, 10_000]) {
  Deno.test(`a stream in chunks of ${length} is cut within a frame wherever it can be`, () => {
    const stream = Uint8Array.from([...PROTOCOL_HEADER, ...SIZES.flatMap(frame)]);
    const between = placesBetween();
    const frames = new AmqpFrames(PROTOCOL_HEADER.length);
    for (let start = 0; start < stream.length; start += length) {
      const chunk = stream.subarray(start, start + length);
      const places = Array.from(chunk, (_, index) => index + 1);
      const expected = places.find((place) =>
        place >= chunk.length / 2 && !between.has(start + place)
      );
      assertEquals(frames.follow(chunk), expected, `the chunk that begins at ${start}`);
    }
  });
}
