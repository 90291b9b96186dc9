import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Ledger, payloadOf } from "../soak/ledger.ts";
import { FAULT_KINDS, planFaults } from "../soak/plan.ts";
import { isFine, report } from "../soak/report.ts";

Deno.test("planFaults() gives the same plan for a seed, and another one for another", () => {
  assertEquals(planFaults(7, 50), planFaults(7, 50));
  assert(JSON.stringify(planFaults(7, 50)) !== JSON.stringify(planFaults(8, 50)));
});

Deno.test("planFaults() lets each kind come before any comes again", () => {
  const kinds = planFaults(1, 2 * FAULT_KINDS.length).map(({ kind }) => kind);
  for (const round of [kinds.slice(0, FAULT_KINDS.length), kinds.slice(FAULT_KINDS.length)]) {
    assertEquals(round.toSorted(), FAULT_KINDS.toSorted());
  }
});

Deno.test("planFaults() keeps targets and durations within bounds", () => {
  for (const { target, duration } of planFaults(3, 1_000)) {
    assert(target >= 0 && target < 1, `target ${target}`);
    assert(duration >= 2_000 && duration <= 15_000, `duration ${duration}`);
  }
});

/** Books with three messages: confirmed and come, confirmed and lost, neither. */
function books(): Ledger {
  const ledger = new Ledger();
  const [first = "", second = "", third = ""] = [0, 1, 2].map((index) => payloadOf(1, index));
  ledger.sent([first, second, third]);
  ledger.confirmed([first, second]);
  ledger.received([{ payload: first, id: "a" }]);
  return ledger;
}

Deno.test("Ledger counts what is lost, but not what was never confirmed", () => {
  const ledger = books();
  assert(!ledger.isComplete);
  assertEquals(ledger.balance(), {
    sent: 3,
    confirmed: 2,
    received: 1,
    lost: 1,
    unexpected: 0,
    sentUnderTwoIds: 0,
    duplicated: 0,
  });
});

Deno.test("Ledger counts what is unexpected, duplicated, or has two ids", () => {
  const ledger = books();
  ledger.received([
    { payload: payloadOf(1, 1), id: "b" },
    { payload: payloadOf(1, 1), id: "b" },
    { payload: payloadOf(1, 0), id: "other" },
    { payload: payloadOf(2, 0), id: "c" },
  ]);
  assert(ledger.isComplete);
  assertEquals(ledger.balance(), {
    sent: 3,
    confirmed: 2,
    received: 3,
    lost: 0,
    unexpected: 1,
    sentUnderTwoIds: 1,
    duplicated: 2,
  });
});

Deno.test("Ledger knows how far each sender's messages have come", () => {
  const ledger = books();
  ledger.received([{ payload: payloadOf(2, 5), id: "d" }]);
  assert(ledger.hasReached(1, 0) && !ledger.hasReached(1, 1));
  assert(ledger.hasReached(2, 5) && !ledger.hasReached(2, 6) && !ledger.hasReached(3, 0));
});

Deno.test("a soak is fine only if nothing is lost and nothing ended as it should not", () => {
  const outcome = books().balance();
  const options = { seed: 5, messages: 3, senders: 1, receivers: 1, rate: 10 };
  const result = { outcome, faults: [], duration: 1_234, longestGap: 567, troubles: [] };
  assert(!isFine(result));
  assertStringIncludes(report(options, result), "| 3 | 2 | 1 | 1 | 0 | 0 | 0 | 0.6 s |");
  const fine = { ...result, outcome: { ...outcome, lost: 0 } };
  assert(isFine(fine));
  assert(!isFine({ ...fine, troubles: ["a script ended with 3"] }));
  assert(!isFine({ ...fine, outcome: { ...outcome, lost: 0, unexpected: 1 } }));
});
