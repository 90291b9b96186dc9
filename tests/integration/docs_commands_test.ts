/**
 * The documents' commands, run as they stand. A command that is not run here stands in a list of
 * tests/support/docs_lists.ts, with the place where it is run or the reason why it is nowhere.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Block,
  type Command,
  documents,
  readCommands,
  readFences,
} from "../support/docs_commands.ts";
import { BEFORE, ELSEWHERE, EXIT_CODES, NOWHERE, OPTIONAL } from "../support/docs_lists.ts";
import { addVirtualHost, openSandbox, type Sandbox } from "../support/docs_sandbox.ts";
import { NODE } from "../support/node_settings.ts";
import { withChannel } from "../support/queues.ts";
import { isInstalled, until } from "../support/processes.ts";

/**
 * What tutorials*_test.ts run (and here, as README.md has it), and what mistakes_test.ts writes from
 * what it has run.
 */
const MADE_BY_OTHERS = ["docs/tutorials.md", "docs/errors.md"];

const root = new URL("../../", import.meta.url);

for (const file of documents()) {
  const blocks = readCommands(file).map((block) => ({
    ...block,
    commands: block.commands.filter(({ text }) => !isRunElsewhere(text)),
  })).filter(({ commands }) => commands.length);
  if (!blocks.length || MADE_BY_OTHERS.includes(file)) continue;
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
    // What is sent last may still be on its way, to either of two receivers.
    const isPrinted = (text: string) =>
      endless.some(({ script }) => (script.stderr + script.stdout).includes(text));
    const awaited = endless.flatMap(({ command }) => command.output ?? []);
    await until(() => Promise.resolve(awaited.every(isPrinted)), {
      what: `${file}:${line} printed ${awaited.join(", ")}`,
    });
    for (const { command, script } of endless.splice(0)) {
      script.kill("SIGINT");
      const { code, stdout, stderr } = await script.ended();
      assertEquals(code, 0, `${file}:${line}: ${command.text}\n${stdout}${stderr}`);
      printed.push(...linesOf(stderr + stdout));
    }
  };
  for (const command of commands) {
    const { text } = command;
    const before = BEFORE[text];
    if (before !== undefined) {
      const { code, stderr } = await sandbox.start(before).ended();
      assertEquals(code, 0, `${before}\n${stderr}`);
    }
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

/** What a task prints, but for the command that `deno task` names and the sandbox's virtual host. */
function linesOf(output: string): string[] {
  return output.replaceAll(/ --vhost [-\da-f]{36}/g, "").split("\n")
    .filter((text) => text !== "" && !text.startsWith("Task "));
}
