import { abortable } from "./abortable.ts";
import { ConfigError } from "./errors.ts";
import { execEnvironment } from "./exec_environment.ts";
import type { Handler } from "./handler.ts";
import { escapeText } from "./terminal.ts";

/** How long a command that was told to end may take to do so, in ms, before it is killed. */
const GRACE = 5_000;
/** How often it is looked whether it has ended, in ms. */
const POLL = 50;

/**
 * Makes a handler that runs a command, without a shell, for each message. Its standard input is the
 * body; its standard output is the answer if the message asks for one (`reply_to`), else it goes to
 * ours; its environment is {@linkcode execEnvironment}. Exit 0 is success.
 *
 * The command has a process group of its own: CTRL+C in a terminal does not reach it, so that it
 * can finish. What it has started and left behind in that group is killed when it ends. When
 * `signal` is aborted, all of the group gets SIGTERM, and SIGKILL after 5 s; when our own process
 * exits, SIGKILL at once.
 *
 * The handler throws an `Error` if the command exits with another code or is ended by a signal; the
 * reason of `signal`, once nothing of the command is left; and a {@linkcode ConfigError} if there is
 * no such program or it is not executable.
 *
 * @throws {ConfigError} If there is no permission to run the command.
 */
export function execHandler(command: readonly string[]): Handler {
  const [program = "", ...args] = command;
  requirePermission(program);
  return async (message, context) => {
    const { signal } = context;
    signal.throwIfAborted();
    const isAsked = Boolean(message.properties.replyTo);
    const child = spawn(program, {
      args,
      env: execEnvironment(message, context),
      clearEnv: true,
      detached: true,
      stdin: "piped",
      stdout: isAsked ? "piped" : "inherit",
      stderr: "inherit",
    });
    feed(child.stdin, message.body);
    const answer = isAsked ? collect(child.stdout, signal) : undefined;
    answer?.catch(() => {}); // It is awaited below, once the command has ended.
    const status = await ended(child, signal);
    const bytes = await answer;
    signal.throwIfAborted();
    if (status.success) return bytes;
    const how = status.signal ? `was ended by ${status.signal}` : `exited with ${status.code}`;
    throw new Error(`${escapeText(program)} ${how}`);
  };
}

/** Sees to it before a message is taken, and not for each one that is. */
function requirePermission(program: string): void {
  const { state } = Deno.permissions.requestSync({ name: "run", command: program });
  if (state === "granted") return;
  throw new ConfigError("receive.exec needs the permission to run programs", {
    cure: "Run it with: deno task work",
  });
}

function spawn(program: string, options: Deno.CommandOptions): Deno.ChildProcess {
  try {
    return new Deno.Command(program, options).spawn();
  } catch (error) {
    const cannot = (why: string, cure: string) =>
      new ConfigError(`receive.exec: cannot run "${escapeText(program)}": ${why}`, {
        cure,
        cause: error,
      });
    if (error instanceof Deno.errors.NotFound) {
      const cure =
        "It is looked for in the PATH, or, with a / in it, from the config file's folder; " +
        "if it is a script, check its first line (#!) too";
      throw cannot("there is no such program", cure);
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw cannot("it is not executable", "chmod +x it, or name what runs it: [sh, script.sh]");
    }
    throw error;
  }
}

/** Writes the body. A command that does not read it, or not all, need not. */
async function feed(stdin: WritableStream<Uint8Array>, body: Uint8Array): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(body);
    await writer.close();
  } catch {
    // It has closed its standard input, or ended.
  }
}

async function collect(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const sink = new WritableStream<Uint8Array<ArrayBuffer>>({
    write(chunk) {
      chunks.push(chunk);
    },
  });
  // Aborted, it closes the pipe, which a process that has left the group may hold open.
  await stdout.pipeTo(sink, { signal });
  return await new Blob(chunks).bytes();
}

/** Waits until the command has ended, ends it if `signal` is aborted, and kills what it leaves. */
async function ended(
  child: Deno.ChildProcess,
  signal: AbortSignal,
): Promise<Deno.CommandStatus> {
  const kill = () => signalGroup(child, "SIGKILL");
  globalThis.addEventListener("unload", kill);
  try {
    await abortable(child.status, signal);
  } catch {
    await terminate(child);
  } finally {
    kill();
    globalThis.removeEventListener("unload", kill);
  }
  return await child.status;
}

/** Asks all of the group to end, and waits until it has, but for `GRACE` at most. */
async function terminate(child: Deno.ChildProcess): Promise<void> {
  const deadline = performance.now() + GRACE;
  signalGroup(child, "SIGTERM");
  // SIGCONT tells whether there still is something, and lets what is suspended end in good order.
  while (signalGroup(child, "SIGCONT") && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

/** Sends a signal to all of the command's group; `false` if nothing is left of it. */
function signalGroup(child: Deno.ChildProcess, signal: Deno.Signal): boolean {
  try {
    Deno.kill(-child.pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
  }
  // With --allow-run for some programs only, and on Windows, it can be the command alone.
  try {
    child.kill(signal);
    return true;
  } catch {
    return false;
  }
}
