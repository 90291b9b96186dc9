import { assertEquals } from "@std/assert";
import { FULL, QUICK, scale } from "../../bench/plan.ts";

Deno.test("scale() changes the numbers of messages in proportion", () => {
  const { loads, growth, starts } = scale(QUICK, { messages: 400 });
  assertEquals(loads, [{ queue: "quorum", size: 16, send: 400, receive: 600, rounds: 3 }]);
  assertEquals(growth, [10, 100, 1_000]);
  assertEquals(starts, QUICK.starts);
});

Deno.test("scale() sends one message at least", () => {
  const { loads } = scale(FULL, { messages: 1 });
  assertEquals(loads.every(({ send, receive }) => send >= 1 && receive >= 1), true);
});

Deno.test("scale() changes the number of rounds of everything", () => {
  const plan = scale(FULL, { rounds: 2 });
  const { starts, growthRounds, sweepRounds, ceilingRounds } = plan;
  const rounds = plan.loads.map(({ rounds }) => rounds);
  assertEquals(
    new Set([...rounds, starts, growthRounds, sweepRounds, ceilingRounds]),
    new Set([2]),
  );
  assertEquals(plan.loads[0].send, FULL.loads[0].send);
});

for (const [name, plan, minutes] of [["FULL", FULL, 25], ["QUICK", QUICK, 3]] as const) {
  Deno.test(`${name} has its budgets within ${minutes} minutes`, () => {
    const sum = Object.values(plan.budget).reduce((total, budget) => total + budget, 0);
    assertEquals(sum < minutes * 60_000, true);
  });
}
