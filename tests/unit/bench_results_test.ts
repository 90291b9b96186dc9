import { assertEquals } from "@std/assert";
import { merge, summarize } from "../../bench/results.ts";
import { resultsOf, run } from "./bench_runs.ts";

Deno.test("summarize() puts the runs of a case together, and no others", () => {
  const summaries = summarize([
    run({ round: 1, seconds: 1 }),
    run({ round: 1, client: "pika" }),
    run({ round: 2, seconds: 4 }),
    run({ round: 3, seconds: 2 }),
    run({ queue: "classic" }),
    run({ size: 1_024 }),
    run({ setting: "window 10" }),
    run({ processes: 2 }),
  ]);
  assertEquals(summaries.map(({ runs }) => runs), [3, 1, 1, 1, 1, 1]);
  const [first] = summaries;
  assertEquals(
    [first?.seconds, first?.rate, first?.least, first?.most],
    [2, 500, 250, 1_000],
  );
});

Deno.test("summarize() does not count a run that went wrong, but tells why", () => {
  const [summary] = summarize([
    run({ seconds: 2 }),
    run({ seconds: 0.001, trouble: "it ended with 1" }),
  ]);
  assertEquals([summary?.runs, summary?.rate], [1, 500]);
  assertEquals(summary?.troubles, ["it ended with 1"]);
});

Deno.test("summarize() has no rate where every run went wrong", () => {
  const [summary] = summarize([run({ trouble: "no" })]);
  assertEquals([summary?.runs, summary?.rate], [0, NaN]);
});

Deno.test("summarize() keeps what was lost, and the median of the memory", () => {
  const [summary] = summarize([
    run({ lost: 0, rss: 10 }),
    run({ lost: 7, rss: 30 }),
    run({ rss: 20 }),
  ]);
  assertEquals([summary?.losses, summary?.rss], [[7], 20]);
});

Deno.test("merge() replaces the scenarios that were measured again, and keeps the others", () => {
  const growth = run({ scenario: "growth" });
  const old = resultsOf([run({ seconds: 1 }), growth], { measured: { send: "a", growth: "b" } });
  const fresh = resultsOf([run({ seconds: 2 })], { measured: { send: "c" } });
  const merged = merge(old, fresh);
  assertEquals(merged.runs, [growth, run({ seconds: 2 })]);
  assertEquals(merged.measured, { send: "c", growth: "b" });
});

Deno.test("merge() does not mix a quick look with a full bench", () => {
  const old = resultsOf([run({ scenario: "growth" })], { isQuick: true });
  const fresh = resultsOf([run()]);
  assertEquals(merge(old, fresh), fresh);
});
