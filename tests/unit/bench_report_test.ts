import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { chartsOf } from "../../bench/charts.ts";
import { writeReport, writeTables } from "../../bench/report.ts";
import { type Results, summarize } from "../../bench/results.ts";
import { resultsOf, run } from "./bench_runs.ts";

const reportOf = (results: Results) => writeReport(results, summarize(results.runs));

Deno.test("writeReport() has a row for each client, with its rate and how it compares", () => {
  const report = reportOf(resultsOf([run(), run({ client: "pika", count: 50, seconds: 2 })]));
  assertStringIncludes(
    report,
    "| quorum, 16 B | amqp-tasks | 1,000 | 1,000 | 1,000 – 1,000 | 1 | 1.00 |",
  );
  assertStringIncludes(report, "| quorum, 16 B | pika | 50 | 25 | 25 – 25 | 1 | 40.00 |");
});

Deno.test("writeReport() says what holds, what does not, and what was not measured", () => {
  const report = reportOf(resultsOf([
    run(),
    run({ client: "pika", seconds: 20 }),
    run({ client: "amqplib", seconds: 0.5 }),
  ]));
  assertStringIncludes(report, "| bulk send, against pika | 20.00 | ≥ 15.00 | yes |");
  assertStringIncludes(
    report,
    "| bulk send, against the fastest client from npm | 0.50 | ≥ 1.00 | **no** |",
  );
  assertStringIncludes(report, "| bulk receive, against pika | not measured | ≥ 5.00 | – |");
});

Deno.test("writeReport() names the machine, the versions and the day", () => {
  assertStringIncludes(
    reportOf(resultsOf([run()])),
    "On 2026-11-24: 2 cores (Abacus), 8 GB of memory, Debian. RabbitMQ 3.10.8.",
  );
});

Deno.test("writeReport() tells of a client that is missing, of losses and of runs that failed", () => {
  const report = reportOf(resultsOf([
    run({ client: "amqp-tools", lost: 40 }),
    run({ client: "amqp-tools", lost: 0 }),
    run({ client: "amqplib", trouble: "ended with 1:\nno queue" }),
  ], { missing: [{ client: "pika", reason: "it is not installed" }] }));
  assertStringIncludes(report, "- pika is missing: it is not installed");
  assertStringIncludes(report, "in 1 of 2 runs the broker did not get all that was sent; up to 40");
  assertStringIncludes(report, "1 of 1 runs do not count: ended with 1: no queue");
  assertStringIncludes(report, "| quorum, 16 B | amqplib | 1,000 | failed |  | 0 |  |");
});

Deno.test("writeReport() leaves out what was not measured, and charts that there are not", () => {
  const report = reportOf(resultsOf([run()]));
  assertStringIncludes(report, "## Bulk send");
  assertStringIncludes(report, 'srcset="bench-send-dark.svg"');
  for (const absent of ["## Bulk receive", "## One message", "bench-receive", "was lost"]) {
    assert(!report.includes(absent), absent);
  }
});

Deno.test("writeReport() says of a quick look that it is one", () => {
  assertStringIncludes(reportOf(resultsOf([run()], { isQuick: true })), "It is a quick look");
  assert(!reportOf(resultsOf([run()])).includes("It is a quick look"));
});

Deno.test("writeTables() has the tables and not the method", () => {
  const results = resultsOf([run()]);
  const tables = writeTables(results, summarize(results.runs));
  assertStringIncludes(tables, "| quorum, 16 B | amqp-tasks |");
  assert(!tables.includes("How it was measured"));
});

Deno.test("chartsOf() makes each chart for light and for dark pages, the fastest first", () => {
  const charts = chartsOf(summarize([run(), run({ client: "amqplib", seconds: 0.5 })]));
  assertEquals(charts.map(({ name }) => name), ["bench-send-light", "bench-send-dark"]);
  for (const { option } of charts) {
    assertEquals((option.yAxis as { data: string[] }).data, ["amqplib", "amqp-tasks"]);
  }
});

Deno.test("chartsOf() draws growth without the numbers that are not there", () => {
  const growth = { scenario: "growth", rss: 50_000_000 } as const;
  const [chart] = chartsOf(summarize([
    run({ ...growth, count: 1_000 }),
    run({ ...growth, count: 10_000 }),
    run({ ...growth, count: 10_000, action: "receive", trouble: "no" }),
  ]));
  const series = chart?.option.series as { name: string; data: (number | null)[] }[];
  assertEquals(series.map(({ name, data }) => [name, ...data]), [
    ["send", 1_000, 10_000],
    ["receive", null, null],
    ["send", 50, 50],
    ["receive", null, null],
  ]);
});
