import { assertEquals } from "@std/assert";
import { describeStanding, describeTime } from "../../lib/progress.ts";

const STANDING = { count: 123_456, done: "sent", more: "1,000 unconfirmed" };

Deno.test("describeStanding() says how many, how fast, and what else", () => {
  assertEquals(
    describeStanding(STANDING, 23_400.4, 80),
    " [*] 123,456 sent, 23,400/s, 1,000 unconfirmed",
  );
  assertEquals(describeStanding({ count: 1, done: "received" }, 0, 80), " [*] 1 received, 0/s");
});

Deno.test("describeStanding() is shorter than the terminal is wide, however narrow that is", () => {
  assertEquals(describeStanding(STANDING, 23_400, 20), " [*] 123,456 sent, ");
  assertEquals(describeStanding(STANDING, 23_400, 0), "");
});

Deno.test("describeTime() says how long it took, and the rate", () => {
  assertEquals(describeTime(100_000, 4_200), " in 4.2 s (23,810/s)");
  assertEquals(describeTime(1, 60_000), " in 60.0 s");
});
