import { assertEquals } from "@std/assert";
import type { DeliveredMessage } from "../../lib/client_types.ts";
import { parseConfig } from "../../lib/config.ts";
import { StreamOffset } from "../../lib/stream_offset.ts";

const from = (offset?: string, type = "stream") =>
  new StreamOffset(parseConfig(
    `queue: {name: q, type: ${type}}\n${
      offset === undefined ? "" : `receive: {offset: ${offset}}`
    }`,
    { env: () => undefined },
  ));
const at = (offset: number) =>
  ({ properties: { headers: { "x-stream-offset": offset } } }) as unknown as DeliveredMessage;
const begins = (offset: StreamOffset) => offset.begin()["x-stream-offset"];

for (
  const [what, written, argument] of [
    ["at the end if nothing is said", undefined, "next"],
    ["at the first message", "first", "first"],
    ["at the last chunk", "last", "last"],
    ["at the number of a message", "5", 5n],
    ["at a time", "2026-11-24T10:00:00Z", new Date("2026-11-24T10:00:00Z")],
    ["as long ago as is said", "7D", "7D"],
  ] as const
) {
  Deno.test(`StreamOffset begins ${what}`, () => {
    assertEquals<unknown>(begins(from(written)), argument);
  });
}

Deno.test("StreamOffset goes on after the last message that is done with", () => {
  const offset = from("first");
  offset.begin();
  for (const number of [0, 1, 2]) offset.delivered(at(number));
  for (const number of [0, 1]) offset.done(at(number));
  assertEquals(begins(offset), 2n);
  offset.delivered(at(2));
  offset.done(at(2));
  assertEquals(begins(offset), 3n);
  assertEquals(begins(offset), 3n);
});

Deno.test("StreamOffset goes on at the first message that is not done with, whatever its order", () => {
  const offset = from("first");
  offset.begin();
  for (const number of [7, 8, 9]) offset.delivered(at(number));
  for (const number of [9, 7]) offset.done(at(number));
  assertEquals(begins(offset), 8n);
  offset.delivered(at(8));
  offset.delivered(at(9));
  offset.done(at(9));
  assertEquals(begins(offset), 8n);
});

Deno.test("StreamOffset reaches back to its first consumer when nothing came to it", () => {
  const offset = from("next");
  offset.begin();
  assertEquals(begins(offset), "1s");
});

Deno.test("StreamOffset begins as at first when nothing has come", () => {
  const offset = from("5");
  assertEquals([begins(offset), begins(offset)], [5n, 5n]);
});

Deno.test("StreamOffset begins as at first when the stream is gone", () => {
  const offset = from("first");
  offset.begin();
  offset.delivered(at(7));
  offset.forget();
  assertEquals(begins(offset), "first");
});

Deno.test("StreamOffset sends nothing to a queue that is no stream, whatever its messages say", () => {
  const offset = from(undefined, "quorum");
  assertEquals(offset.begin(), {});
  offset.delivered(at(7));
  assertEquals(offset.begin(), {});
});
