import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { until } from "../support/processes.ts";
import { testQueue } from "../support/queues.ts";
import { type Script, start, type Task } from "../support/scripts.ts";

/** Moves to the beginning of the line and clears it. */
const CLEAR = "\r\x1b[K";
/** With it Deno clears its own progress bar, be there one or not. */
const DENOS = "\x1b[0G\x1b[2K\x1b[J";
const COLUMNS = 60;
const ROWS = 10;

/**
 * Starts a task on a terminal of its own, of a known size. `how` is a line of shell around the script,
 * which is `TASK` in it. What the terminal shows is the standard output, with its line ends.
 * `script` would run the line by the user's shell, and only bash knows what its `%q` may write: `$'\n'`.
 */
function onTerminal(task: Task, args: string[], how = "TASK", { openStdin = false } = {}): Script {
  const [before = "", after = ""] = how.split("TASK");
  const line = `stty -echo cols ${COLUMNS} rows ${ROWS}; ${before}$(printf " %q" "$@")${after}`;
  const shell = `exec bash -c 'SHELL=$BASH exec script -qec "${line}" /dev/null' sh "$@"`;
  // bash complains of a locale that is not there; this one always is.
  return start(task, args, { openStdin, shell, env: { LC_ALL: "C" } });
}

/** What the terminal shows in the end. */
async function shown(task: Task, args: string[], how?: string): Promise<string> {
  await using script = onTerminal(task, args, how);
  return (await script.ended()).stdout.replaceAll(DENOS, "").replaceAll("\r\n", "\n");
}

/** A test on a terminal. `script` makes one; other systems than Linux have another `script`. */
function testOnTerminal(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: Deno.build.os !== "linux" });
}

testOnTerminal("long work shows one live line, which is gone at the end", async () => {
  await using queue = testQueue();
  const args = ["--lines", "-", ...queue.args];
  await using sender = onTerminal("send", args, "cat | TASK", { openStdin: true });
  await sender.write("one\n");
  await sender.said(" [*] 1 sent, ");
  await sender.write("\x04");
  const { stdout } = await sender.ended();
  // On a busy machine there are others before, which say that nothing was sent yet.
  const [live = "", last = ""] = stdout.split(CLEAR).slice(-2);
  assertMatch(live, /^ \[\*\] 1 sent, \d+\/s, 0 unconfirmed$/);
  assertMatch(last, /^ \[\*\] Sent 1 message in \d+\.\d s\r\n$/);
});

testOnTerminal("no live line gets in the way of what is typed", async () => {
  await using queue = testQueue();
  const args = ["--lines", "-", ...queue.args];
  await using sender = onTerminal("send", args, "TASK", { openStdin: true });
  await sender.said("Reading what you type, a message a line; CTRL+D ends it");
  const started = performance.now();
  let typed = 0;
  // A live line would be there after a second, and then four times a second.
  await until(async () => {
    await sender.write("a line\n");
    typed++;
    await until(async () => await queue.count() === typed, { what: "it was sent" });
    return performance.now() - started > 2_000;
  }, { what: "it has run long enough" });
  await sender.write("\x04");
  const { stdout } = await sender.ended();
  assertMatch(stdout, / \[\*\] Sent \d+ messages? in \d+\.\d s/);
  assert(!stdout.includes(CLEAR), JSON.stringify(stdout));
});

testOnTerminal("marks have a colour, and what comes with a message has none", async () => {
  await using queue = testQueue();
  const payload = "error: a\n [x] Sent";
  const sent = await shown("send", [...queue.args, payload], "NO_COLOR= TASK");
  assertEquals(sent, "\x1b[32m [x]\x1b[0m Sent 'error: a\\n [x] Sent'\n");
  const received = await shown("receive", ["--count", "1", ...queue.args], "NO_COLOR= TASK");
  assertEquals(
    received,
    "\x1b[2m [*]\x1b[0m Waiting for messages. To exit press CTRL+C\n" +
      "\x1b[32m [x]\x1b[0m Received 'error: a\\n [x] Sent'\n",
  );
  const wrong = await shown("send", ["--wrong"], "NO_COLOR= TASK");
  const error = "\x1b[1;31merror:\x1b[0m Unknown option --wrong\n";
  assertEquals(wrong.slice(0, error.length), error);
});

testOnTerminal("a pipe gets colour only by FORCE_COLOR, a terminal none by NO_COLOR", async () => {
  await using queue = testQueue();
  const piped = await shown("send", [...queue.args, "a"], "NO_COLOR= TASK | cat");
  assertEquals(piped, " [x] Sent 'a'\n");
  const forced = await shown("send", [...queue.args, "a"], "NO_COLOR= FORCE_COLOR=1 TASK | cat");
  assertEquals(forced, "\x1b[32m [x]\x1b[0m Sent 'a'\n");
  const one = ["--count", "1", ...queue.args];
  await shown("receive", one);
  const plain = await shown("receive", one, "NO_COLOR=1 TASK");
  assertEquals(
    plain,
    " [*] Waiting for messages. To exit press CTRL+C\n [x] Received 'a'\n",
  );
});

testOnTerminal(
  "raw is refused on a terminal, before a message is taken, and written to a pipe",
  async () => {
    await using queue = testQueue();
    const evil = "\x1b]0;title\x07\r\x1b[2J";
    await queue.fill([evil]);
    const args = ["--quiet", "--count", "1", "--format", "raw", ...queue.args];
    const refused = await shown("receive", args, "TASK || echo failed");
    assertStringIncludes(refused, "error: --format raw is not for terminals");
    assert(refused.endsWith("failed\n"), refused);
    assert(!refused.includes("title"), refused);
    assertEquals(await queue.count(), 1);
    const written = await shown("receive", args, "TASK | od -An -v -tx1");
    assertEquals(written.replace(/\s/g, ""), new TextEncoder().encode(evil).toHex());
  },
);

testOnTerminal("a payload is shortened to fit the terminal, and whole in a pipe", async () => {
  await using queue = testQueue();
  const payload = "x".repeat(12_345);
  const sent = await shown("send", [...queue.args, payload]);
  assertMatch(sent, /^ \[x\] Sent 'x+'… \(12,345 bytes\)\n$/);
  assert(sent.length <= 3 * COLUMNS, `${sent.length} characters`);
  await queue.fill([payload]);

  const args = ["--quiet", "--count", "1", ...queue.args];
  const received = await shown("receive", args);
  assertMatch(received, /^ \[x\] Received 'x+'… \(12,345 bytes\)\n$/);
  assert(received.length <= ROWS * COLUMNS, `${received.length} characters`);
  assertEquals(await shown("receive", args, "TASK | cat"), ` [x] Received '${payload}'\n`);
});

testOnTerminal("what a handler has done is shortened, and other formats are not", async () => {
  await using queue = testQueue();
  const payload = "x".repeat(12_345);
  await queue.fill([payload, payload]);
  const args = ["--count", "1", ...queue.args];
  const raw = await shown("receive", ["--quiet", "--format", "raw", ...args], "TASK | cat");
  assertEquals(raw, payload);
  const done = await shown("work", ["--set", "receive.exec=['true']", ...args]);
  assertMatch(done.split("\n")[1] ?? "", /^ \[\*\] Done 'x+'… \(12,345 bytes\)$/);
  assertStringIncludes(done, "Waiting");
});
