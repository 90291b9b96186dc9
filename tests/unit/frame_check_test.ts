import { assertEquals, assertThrows } from "@std/assert";
import { AMQPView } from "@cloudamqp/amqp-client/amqp-view";
import "../../lib/client_fixes.ts";
import { FrameCheck } from "../../lib/frame_check.ts";
import {
  body,
  deliver,
  frame,
  header,
  long,
  method,
  SAYS,
  short,
  uint16,
  uint32,
  uint64,
} from "../support/frame_builder.ts";

const START = method(0, SAYS.start, [0, 9, ...long([]), ...long("PLAIN"), ...long("en_US")]);
const TUNE = method(0, SAYS.tune, [...uint16(0), ...uint32(4_096), ...uint16(0)]);
const OPEN_OK = method(0, SAYS.openOk, [0]);
const DELIVER = deliver(1, "c", 1);

/** Looks at frames in turn, on a connection with channel 1; returns what was said of the last. */
function check(frames: number[][], { isClosing = false } = {}): boolean {
  const looks = new FrameCheck({ isOpen: (channel) => channel < 2, isClosing: () => isClosing });
  const results = frames.map((bytes) =>
    looks.check(new AMQPView(Uint8Array.from(bytes).buffer), 0, bytes.length - 8)
  );
  return results.at(-1) === true;
}

Deno.test("check() lets pass what a broker in good order says", () => {
  const properties = [...uint16(0xb000), ...short("text/plain"), ...long([1, 97, 86]), 2];
  const message = [DELIVER, header(1, 3, properties), body(1, [1, 2]), body(1, [3])];
  assertEquals(check([START, TUNE, OPEN_OK]), true);
  assertEquals(check([frame(8, 0, []), ...message, ...message]), false);
  assertEquals(check([DELIVER, header(1, 0), DELIVER]), false);
  assertEquals(check([method(0, SAYS.closeOk)], { isClosing: true }), true);
  assertEquals(check([method(1, SAYS.channelCloseOk)], { isClosing: true }), false);
});

/** Frames of which the last is wrong, and what is said about it. */
const WRONG: Record<string, [frames: number[][], said: string]> = {
  "a frame that ends elsewhere": [[frame(8, 0, [], { end: 0 })], "does not end where it says"],
  "a type that there is not": [[frame(4, 0, [])], "of type 4"],
  "a heartbeat with a payload": [[frame(8, 0, [1])], "of type 8 and 1 bytes"],
  "a channel that is not open": [[method(2, SAYS.qosOk)], "no channel 2"],
  "a method that there is not": [[method(1, [60, 99])], "Method 60.99"],
  "half a method": [[frame(1, 1, [0, 60])], "Method 0.0"],
  "a method of the connection on a channel": [[method(1, SAYS.openOk, [0])], "on channel 1"],
  "a method of a channel on none": [[method(0, SAYS.qosOk)], "on channel 0"],
  "arguments that are missing": [[method(1, SAYS.ack, uint64(1))], "Other arguments"],
  "arguments that are too many": [[method(1, SAYS.qosOk, [1])], "Other arguments"],
  "a string that is longer than its frame": [[method(1, SAYS.consumeOk, [9, 97])], "Other arg"],
  "a second login": [[START, TUNE, START], "Method 10.10 out of turn"],
  "a login in another order": [[START, OPEN_OK], "Method 10.41 out of turn"],
  "a goodbye that was not asked for": [[method(0, SAYS.closeOk)], "Method 10.51 out of turn"],
  "a goodbye on a channel": [[method(1, SAYS.channelCloseOk)], "Method 20.41 out of turn"],
  "a delivery without content": [[DELIVER, method(1, SAYS.qosOk)], "breaks off"],
  "a header of nothing": [[header(1, 1)], "A header of nothing"],
  "a second header": [[DELIVER, header(1, 1), header(1, 1)], "A header of nothing"],
  "a header that is cut short": [[DELIVER, frame(2, 1, [0, 60])], "too short"],
  "properties that are cut short": [[DELIVER, header(1, 0, uint16(0x8000))], "Other properties"],
  "bytes after the properties": [[DELIVER, header(1, 0, [0, 0, 1])], "Other properties"],
  "a table of 2 GB": [
    [DELIVER, header(1, 0, [...uint16(0x2000), ...uint32(0x7fff_ffff)])],
    "Other properties",
  ],
  "flags that there are not": [[DELIVER, header(1, 0, [0, 1])], "Other properties"],
  "a body of 2 GB": [[DELIVER, header(1, 2 ** 31)], "A message of 2147483648 bytes"],
  "a body beyond what can be counted": [[DELIVER, header(1, 2 ** 63)], "too large"],
  "a body of nothing": [[body(1, [1])], "More of a message"],
  "more of a body than announced": [[DELIVER, header(1, 1), body(1, [1, 2])], "More of a message"],
};

for (const [name, [frames, said]] of Object.entries(WRONG)) {
  Deno.test(`check() refuses ${name}`, () => {
    assertThrows(() => check(frames), RangeError, said);
  });
}
