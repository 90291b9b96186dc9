import { assertEquals } from "@std/assert";
import { countTests } from "../support/count_tests.ts";

const report = (...cases: string[]) =>
  `<testsuites tests="9" failures="9">
    <testsuite name="./a_test.ts" tests="9">
        ${cases.join("\n")}
    </testsuite>
</testsuites>`;
const testCase = (name: string, attributes = 'time="0.001"', body = "") =>
  `<testcase name="${name}" ${attributes}>${body}</testcase>`;

Deno.test("countTests() counts failures, errors and skipped tests", () => {
  const text = report(
    testCase("a"),
    testCase("b &gt; with an arrow"),
    testCase("c", 'time="0"', '<failure message="m">&lt;skipped/&gt;</failure>'),
    testCase("d", 'time="0"', '<error message="Cancelled"/>'),
    testCase("e", 'time="0"', "<skipped/>"),
  );
  assertEquals(countTests(text), { passed: 2, failed: 2, skipped: 1 });
});

Deno.test("countTests() counts a test with failed steps once", () => {
  const failure = '<failure message="1 test step failed"/>';
  const text = report(
    testCase("t", 'time="0"', failure),
    testCase("t &gt; s"),
    testCase("t &gt; s &gt; inner", 'time="0"', failure),
  );
  assertEquals(countTests(text), { passed: 0, failed: 1, skipped: 0 });
});

Deno.test("countTests() leaves out what a filter left out", () => {
  const text = report(testCase("a", 'line="1"', "<skipped/>"));
  assertEquals(countTests(text), { passed: 0, failed: 0, skipped: 0 });
});

Deno.test("countTests() finds nothing in an empty report", () => {
  assertEquals(countTests(""), { passed: 0, failed: 0, skipped: 0 });
});
