import { assertEquals, assertThrows } from "@std/assert";
import { assertNothingLost, compare, payloads } from "../support/tally.ts";

const SENT = payloads(1_000);
const RECEIVED = SENT.map((payload) => ({ payload, id: `id of ${payload}` }));
const [FIRST = { payload: "", id: "" }] = RECEIVED;
const FINE = { lost: 0, unexpected: 0, sentUnderTwoIds: 0, duplicated: 0 };

Deno.test("the comparison notices what is lost, unexpected or sent under another id", () => {
  assertEquals(compare(SENT, RECEIVED), FINE);
  assertEquals(compare(SENT, RECEIVED.toSpliced(500, 1)), { ...FINE, lost: 1 });
  assertEquals(compare(SENT.slice(1), RECEIVED), { ...FINE, unexpected: 1 });
  assertEquals(compare(SENT, [...RECEIVED, FIRST]), { ...FINE, duplicated: 1 });
  assertEquals(compare(SENT, [...RECEIVED, { ...FIRST, id: "other" }]), {
    ...FINE,
    sentUnderTwoIds: 1,
    duplicated: 1,
  });
});

Deno.test("assertNothingLost() lets duplicates pass, and nothing else", () => {
  assertNothingLost(SENT, [...RECEIVED, FIRST]);
  assertThrows(() => assertNothingLost(SENT, RECEIVED.slice(1)));
  assertThrows(() => assertNothingLost(SENT.slice(1), RECEIVED));
  assertThrows(() => assertNothingLost(SENT, [...RECEIVED, { ...FIRST, id: "other" }]));
});

Deno.test("payloads() makes no payload twice", () => {
  assertEquals(new Set([...payloads(100), ...payloads(100)]).size, 200);
});
