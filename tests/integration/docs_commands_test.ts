/**
 * The documents' commands, run as they stand. A command that is not run here stands in a list below,
 * with the place where it is run or the reason why it is nowhere.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Block,
  type Command,
  documents,
  readCommands,
  readFences,
} from "../support/docs_commands.ts";
import { addVirtualHost, openSandbox, type Sandbox } from "../support/docs_sandbox.ts";
import { NODE } from "../support/node_settings.ts";
import { withChannel } from "../support/queues.ts";
import { isInstalled } from "../support/processes.ts";

const root = new URL("../../", import.meta.url);

/** What is run by something else: the file that does it, and what it has of the command. */
const ELSEWHERE: [command: RegExp, file: string, has: string][] = [
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
const NOWHERE: [command: RegExp, reason: string][] = [
  [/^export AMQP_URL=/, "the reader's own broker"],
  [/^AMQP_TEST_URL=/, "the reader's own broker; the tests that it skips would say nothing here"],
  [/^deno task test tests/, "it is how this is run"],
  [/^(op|sops) /, "secrets of others, which their documentation describes"],
  [/^(rabbitmqadmin|rabtap) /, "tools that are not here; the document says so"],
  [/^docker run/, "needs Docker; the document says so"],
  [/^amqp-publish -l$|…/, "a name, not a whole command"],
];

/** What has to be done before. */
const BEFORE: Record<string, string> = {
  "deno task receive --count 1": "deno task send",
  "deno task receive --count 1 --format json": "deno task send",
  "deno task -q receive --count 1 --format raw": "deno task send",
  "deno task -q receive --count 3 --format raw": "seq 3 | deno task send --lines -",
  'amqp-get -u "$AMQP_URL" -q hello': "deno task send",
  'amqp-consume -u "$AMQP_URL" -q hello -c 3 cat': "seq 3 | deno task send --lines -",
  'amqp-consume -u "$AMQP_URL" -q hello -c 1 ./command': "deno task send",
  'amqp-declare-queue -u "$AMQP_URL" -q hello -d': 'amqp-delete-queue -u "$AMQP_URL" -q hello',
  "deno task work --config hooks.yaml --count 1": "deno task send --config hooks.yaml",
  "deno task receive --config hooks.yaml": "cp handler.yaml hooks.yaml",
  "deno task receive --set queue.durable=false": "deno task send",
};

/** The exit codes of those that are there to fail. */
const EXIT_CODES: Record<string, number> = {
  "deno task receive --set queue.durable=false": 5,
  "deno task send --config examples/6-rpc.yaml ninety": 4,
};

/** Programs that are not everywhere. */
const OPTIONAL = ["amqp-publish", "flock", "jq"];

for (const file of documents()) {
  const blocks = readCommands(file).map((block) => ({
    ...block,
    commands: block.commands.filter(({ text }) => !isRunElsewhere(text)),
  })).filter(({ commands }) => commands.length);
  if (!blocks.length) continue;
  Deno.test({
    name: `the commands of ${file} do what it says` +
      (NODE ? "" : " (skipped: no node of our own)"),
    ignore: !NODE,
    fn: async () => {
      await using sandbox = await prepare();
      for (const block of blocks) {
        await empty(sandbox.url);
        await runBlock(block, sandbox);
      }
    },
  });
}

Deno.test("what is run elsewhere is there", () => {
  for (const [, file, has] of ELSEWHERE) {
    assertStringIncludes(Deno.readTextFileSync(new URL(file, root)), has, file);
  }
});

Deno.test("no list of commands has more than the documents", () => {
  const texts = documents().flatMap(readCommands).flatMap(({ commands }) => commands)
    .map(({ text }) => text);
  for (const [command] of [...ELSEWHERE, ...NOWHERE]) {
    assert(texts.some((text) => command.test(text)), `nothing is like ${command}`);
  }
  for (const text of [...Object.keys(BEFORE), ...Object.keys(EXIT_CODES)]) {
    assert(texts.includes(text), `nothing is ${text}`);
  }
});

function isRunElsewhere(text: string): boolean {
  return [...ELSEWHERE, ...NOWHERE].some(([command]) => command.test(text)) ||
    OPTIONAL.some((program) => {
      const [family = ""] = program.split("-");
      return new RegExp(`(^|\\| )${family}\\b`).test(text) && !isInstalled(program);
    });
}

/** A sandbox with the files that the documents speak of. */
async function prepare(): Promise<Sandbox & AsyncDisposable> {
  const resources = new AsyncDisposableStack();
  const sandbox = resources.use(await openSandbox());
  // There is no such host to call.
  const hooks = find("README.md", "yaml", "name: hooks").replace(/exec:.*/, "exec: [cat]");
  const files = {
    "photo.jpg": "\u00ff\u0000",
    "orders.txt": "one\ntwo\n\nthree\n",
    "hooks.yaml": `broker: {url: "\${AMQP_URL}"}\n${hooks}`,
    "handler.yaml": `broker: {url: "\${AMQP_URL}"}\n${
      hooks.replace(/exec:.*/, "handler: ./hook.ts")
    }`,
    "hook.ts": find("README.md", "ts", "function hook"),
    "broker-url.txt": sandbox.url,
    "amqp.env": `AMQP_URL="${sandbox.url}"\n`,
    "outbox-message": "from the outbox",
    command: "#!/bin/sh\ncat\n",
  };
  for (const [name, text] of Object.entries(files)) await sandbox.write(name, text);
  await Deno.chmod(`${sandbox.dir}/command`, 0o755);
  await Deno.mkdir(`${sandbox.dir}/outbox`);
  await Deno.rename(`${sandbox.dir}/outbox-message`, `${sandbox.dir}/outbox/1`);
  const other = resources.use(await addVirtualHost());
  const env = { AMQP_OLD: sandbox.url, AMQP_NEW: other.url };
  return {
    ...sandbox,
    start: (command) => sandbox.start(command, { env }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Takes away what the block before has left in the queue of config.yaml. */
async function empty(url: string): Promise<void> {
  await withChannel(url, (channel) => channel.queuePurge("hello")).catch(() => {});
}

function find(file: string, language: string, text: string): string {
  const fence = readFences(file, language).find(({ lines }) => lines.join("\n").includes(text));
  assert(fence, `${file} has no block with ${text}`);
  return fence.lines.join("\n") + "\n";
}

/** Runs the commands of a block; those without an end until all others have run. */
async function runBlock(
  { file, line, isAtOnce, commands }: Block,
  sandbox: Sandbox,
): Promise<void> {
  const expected = commands.flatMap(({ output }) => output ?? []);
  const isPrinted = commands.some(({ output }) => output !== undefined);
  const printed: string[] = [];
  await using running = new AsyncDisposableStack();
  const endless: { command: Command; script: ReturnType<Sandbox["start"]> }[] = [];
  const stop = async () => {
    for (const { command, script } of endless.splice(0)) {
      // What is sent last may still be on its way.
      for (const text of command.output ?? []) await script.said(text.trim());
      script.kill("SIGINT");
      const { code, stdout, stderr } = await script.ended();
      assertEquals(code, 0, `${file}:${line}: ${command.text}\n${stdout}${stderr}`);
      printed.push(...linesOf(stderr + stdout));
    }
  };
  for (const command of commands) {
    const { text } = command;
    const before = BEFORE[text];
    if (before !== undefined) await sandbox.start(before).ended();
    if (isEndless(text)) {
      const script = running.use(sandbox.start(`exec ${text}`));
      await script.said("Waiting for messages");
      endless.push({ command, script });
      if (!isAtOnce) await stop();
      continue;
    }
    const { code, stdout, stderr } = await sandbox.start(text).ended();
    const what = `${file}:${line}: ${text}\n${stdout.slice(0, 1_000)}${stderr}`;
    assertEquals(code, EXIT_CODES[text] ?? 0, what);
    printed.push(...linesOf(stderr + stdout));
  }
  await stop();
  if (!isPrinted) return;
  const isWhole = !expected.some((text) => text.trim() === "…");
  const shown = isWhole ? printed : printed.filter((text) => expected.includes(text));
  assertEquals(
    shown.toSorted(),
    expected.filter((text) => text.trim() !== "…").toSorted(),
    `${file}:${line}`,
  );
}

function isEndless(text: string): boolean {
  return /^deno task (-q )?(receive|work)\b/.test(text) &&
    !/ --(count|idle|set queue.durable)/.test(text);
}

/** What a task prints, without the line in which `deno task` names the command that it runs. */
function linesOf(output: string): string[] {
  return output.split("\n").filter((text) => text !== "" && !/^(Task|Bundled|Build) /.test(text));
}
