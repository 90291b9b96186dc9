/** How many tests passed, failed and were skipped. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Counts the tests, without their steps, in a JUnit report by `deno test`. */
export function countTests(report: string): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of report.split("<testsuite ")) {
    const cases = suite.split("<testcase ").slice(1);
    const names = new Set(cases.map(nameOf));
    for (const testCase of cases) {
      const parts = nameOf(testCase).split(" &gt; ");
      const isStep = parts.some((_, end) => names.has(parts.slice(0, end).join(" &gt; ")));
      // What a filter leaves out is listed as skipped, but without a time.
      const isFilteredOut = !testCase.includes(' time="');
      if (isStep || isFilteredOut) continue;
      if (testCase.includes("<skipped/>")) counts.skipped++;
      else if (/<(failure|error)\b/.test(testCase)) counts.failed++;
      else counts.passed++;
    }
  }
  return counts;
}

function nameOf(testCase: string): string {
  return /^name="([^"]*)"/.exec(testCase)?.[1] ?? "";
}
