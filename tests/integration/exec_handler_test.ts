import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ConfigError } from "../../lib/errors.ts";
import { execHandler } from "../../lib/exec_handler.ts";
import type { HandlerContext } from "../../lib/handler.ts";
import { loadHandler } from "../../lib/load_handler.ts";
import { stillRunning, until } from "../support/processes.ts";
import { contextOf, received } from "../support/received.ts";
import { startExecScript } from "../support/exec_script.ts";

const decoder = new TextDecoder();
const ASKS = { replyTo: "answers" };

/** Runs a command for a message that asks for an answer, and returns what it wrote. */
async function answerOf(command: string[], body?: Uint8Array): Promise<Uint8Array> {
  const message = received({ properties: ASKS, ...(body && { body }) });
  return await execHandler(command)(message, contextOf()) as Uint8Array;
}

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65_536, length)));
  }
  return bytes;
}

/** A shell script that writes the process ids of itself and of a child, and lasts a minute. */
async function lasting(before = ""): Promise<{ command: string[]; pids: () => Promise<number[]> }> {
  const file = await Deno.makeTempFile({ prefix: "amqp-tasks-test-" });
  const script = `${before}\nsleep 60 & echo $$ $! >"$1"; wait`;
  const pids = async () => {
    let text = "";
    await until(async () => (text = await Deno.readTextFile(file)).endsWith("\n"), {
      what: "the command has started",
    });
    await Deno.remove(file);
    return text.trim().split(" ").map(Number);
  };
  return { command: ["sh", "-c", script, "sh", file], pids };
}

function allEnded(pids: number[]): Promise<void> {
  const what = `${pids} have ended`;
  return until(async () => (await stillRunning(pids)).length === 0, { what });
}

Deno.test("a command gets the body on standard input, and its standard output is the answer", async () => {
  const body = randomBytes(1024 * 1024);
  assertEquals(await answerOf(["cat"], body), body);
  assertEquals(await answerOf(["cat"]), new Uint8Array());
});

Deno.test("a command need not read its standard input, nor all of it", async () => {
  const body = randomBytes(1024 * 1024);
  assertEquals(await answerOf(["true"], body), new Uint8Array());
  assertEquals(await answerOf(["head", "-c", "3"], body), body.slice(0, 3));
  assertEquals(await answerOf(["sh", "-c", "exec <&-; echo done"], body).then(text), "done\n");
});

Deno.test("no shell sees a command", async () => {
  assertEquals(await answerOf(["echo", "$HOME;", "*", ""]).then(text), "$HOME; * \n");
});

Deno.test("a command that is not asked for an answer writes to our standard output", async () => {
  const { code, stdout, stderr } = await startExecScript(
    `const handler = execHandler(["sh", "-c", "cat; echo wrong >&2"]);
     const message = received({ body: new TextEncoder().encode("right\\n") });
     Deno.exit(await handler(message, contextOf()) === undefined ? 7 : 1);`,
  ).ended();
  assertEquals({ code, stdout, stderr }, { code: 7, stdout: "right\n", stderr: "wrong\n" });
});

Deno.test("a command that exits with another code than 0 has failed", async () => {
  const failure = assertRejects(() => answerOf(["sh", "-c", "echo half; exit 3"]), Error);
  assertEquals((await failure).message, "sh exited with 3");
});

Deno.test("a command that a signal ends has failed", async () => {
  const failure = assertRejects(() => answerOf(["sh", "-c", "kill -KILL $$"]), Error);
  assertEquals((await failure).message, "sh was ended by SIGKILL");
});

for (
  const [program, why, cure] of [
    [
      "no-such-program",
      "there is no such program",
      /^It is looked for in the PATH, or, .* from the config file's folder; /,
    ],
    ["./deno.json", "it is not executable", /^chmod \+x it/],
  ] as const
) {
  Deno.test(`of a program it says that ${why}, and that the config is to blame`, async () => {
    const error = await assertRejects(() => answerOf([program]), ConfigError);
    assertEquals(error.message, `receive.exec: cannot run "${program}": ${why}`);
    assertMatch(error.cure, cure);
  });
}

Deno.test("a command that is not done in time is ended, with what it has started", async () => {
  const { command, pids } = await lasting();
  const { handling, abort, reason } = begin(command);
  const started = await pids();
  assertEquals(await stillRunning(started), started);
  abort();
  assertEquals(await assertRejects(() => handling), reason);
  await allEnded(started);
});

Deno.test("a command that ignores SIGTERM is killed 5 s later, with what it has started", async () => {
  const { command, pids } = await lasting("trap '' TERM");
  const { handling, abort, reason } = begin(command);
  const started = await pids();
  const before = performance.now();
  abort();
  assertEquals(await assertRejects(() => handling), reason);
  assert(performance.now() - before >= 5_000);
  await allEnded(started);
});

/** Ends a command that runs in a process of its own, which gets SIGUSR1 when it is too late. */
async function outputOnTimeout(script: string, flags?: string[]): Promise<string> {
  await using running = startExecScript(
    `const timeout = new AbortController();
     const context = contextOf({ signal: timeout.signal });
     Deno.addSignalListener("SIGUSR1", () => timeout.abort(new Error("too late")));
     await execHandler(${JSON.stringify(["sh", "-c", script])})(received(), context)
       .catch(({ message }) => console.log(message));`,
    flags && { flags },
  );
  await running.said("ready");
  running.kill("SIGUSR1");
  return (await running.ended()).stdout;
}

Deno.test("a command can end in good order when it is told to end", async () => {
  const script = "trap 'echo tidied up; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
  assertEquals(await outputOnTimeout(script), "ready\ntidied up\ntoo late\n");
});

Deno.test("a command is ended also where no other program may be run", async () => {
  const flags = ["--no-prompt", "--allow-run=sh"];
  assertEquals(await outputOnTimeout("echo ready; exec sleep 60", flags), "ready\ntoo late\n");
});

Deno.test("no command is started when it is too late already", async () => {
  const { handling, reason } = begin(["no-such-program"], AbortSignal.abort("too late"));
  assertEquals(await assertRejects(() => handling), reason);
});

Deno.test("what a command leaves behind is killed, and does not hold up the answer", async () => {
  let answer = "";
  const answering = answerOf(["sh", "-c", "sleep 100 & echo $!"]).then((bytes) => {
    answer = text(bytes);
  });
  await until(() => Promise.resolve(answer !== ""), { what: "it has answered" });
  await answering;
  const pid = Number(answer);
  assert(pid > 0);
  await allEnded([pid]);
});

Deno.test("CTRL+C in a terminal does not reach a command: it has a group of its own", async () => {
  const ids = await answerOf(["sh", "-c", "echo $$; ps -o pgid= -p $$"]).then(text);
  const [pid, group] = ids.split("\n").map(Number);
  assertEquals(pid, group);
});

Deno.test("a command ends when our process exits", async () => {
  const { command, pids } = await lasting();
  await using running = startExecScript(
    `Deno.addSignalListener("SIGUSR1", () => Deno.exit(7));
     await execHandler(${JSON.stringify(command)})(received(), contextOf());`,
  );
  const started = await pids();
  assertEquals(await stillRunning(started), started);
  running.kill("SIGUSR1");
  await allEnded(started);
  assertEquals((await running.ended()).code, 7);
});

Deno.test("loadHandler() gives a handler that runs receive.exec", async () => {
  const handler = await loadHandler({ exec: ["echo", "hello"] });
  const answer = await handler?.(received({ properties: ASKS }), contextOf());
  assertEquals(text(answer as Uint8Array), "hello\n");
});

/** Begins to handle a message; `abort` is what happens when `receive.timeout` is over. */
function begin(command: string[], signal?: HandlerContext["signal"]) {
  const timeout = new AbortController();
  const reason = signal?.reason ?? new Error("not done in time");
  const context = contextOf({ signal: signal ?? timeout.signal });
  const handling = Promise.try(() => execHandler(command)(received(), context));
  handling.catch(() => {}); // The test awaits it later.
  return { handling, reason, abort: () => timeout.abort(reason) };
}

function text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
