/** What docs_commands_test.ts has to know of the commands in the documents. */

/** What is run by something else: the file that does it, and what it has of the command. */
export const ELSEWHERE: [command: RegExp, file: string, has: string][] = [
  [/task demo$/, ".ci/run", "task demo"],
  [/^npx .* task test$|^deno task test$/, ".ci/run", "task test"],
  [/^deno task check$/, ".ci/run", "task check"],
  [/^deno task test:unit$/, "scripts/check.ts", "--unit"],
  [/^deno task schema$/, "scripts/check.ts", "scripts/schema.ts"],
  [/^deno task soak /, "tests/integration/soak_test.ts", `"task", "soak"`],
  [/^deno task bench/, "tests/integration/bench_test.ts", `"task", "bench"`],
  [/^deno task (broker|rabbitmqctl)/, "tests/integration/docs_broker_test.ts", "task broker"],
  [/^docker build/, "tests/integration/recipes_test.ts", "examples/Dockerfile"],
  [/--config orders\.yaml$/, "tests/unit/config_errors_test.ts", "did you mean"],
];

/** What is run nowhere, and why. */
export const NOWHERE: [command: RegExp, reason: string][] = [
  [/^export AMQP_URL=/, "the reader's own broker"],
  [/^AMQP_TEST_URL=/, "the reader's own broker; the tests that it skips would say nothing here"],
  [/^deno task test tests/, "it is how this is run"],
  [/^(op|sops) /, "secrets of others, which their documentation describes"],
  [/^(rabbitmqadmin|rabtap) /, "tools that are not here; the document says so"],
  [/^docker run/, "needs Docker; the document says so"],
  [/^amqp-publish -l$|…/, "a name, not a whole command"],
];

/** What has to be done before. */
export const BEFORE: Record<string, string> = {
  "deno task receive --count 1": "deno task send",
  "deno task receive --count 1 --format json": "deno task send",
  "deno task -q receive --count 1 --format raw | cat": "deno task send",
  "deno task -q receive --count 3 --format raw | cat": "seq 3 | deno task send --lines -",
  'amqp-get -u "$AMQP_URL" -q hello': "deno task send",
  'amqp-consume -u "$AMQP_URL" -q hello -c 3 cat': "seq 3 | deno task send --lines -",
  'amqp-consume -u "$AMQP_URL" -q hello -c 1 ./command': "deno task send",
  "deno task work --config hooks.yaml --count 1": "deno task send --config hooks.yaml Hello",
  "deno task receive --config hooks.yaml": "cp handler.yaml hooks.yaml",
  "deno task receive --set queue.durable=false": "deno task send",
};

/** The exit codes of those that are there to fail. */
export const EXIT_CODES: Record<string, number> = {
  "deno task receive --set queue.durable=false": 5,
  "deno task send --config examples/6-rpc.yaml ninety": 4,
};

/** Programs that are not everywhere. */
export const OPTIONAL = ["amqp-publish", "flock", "jq"];
