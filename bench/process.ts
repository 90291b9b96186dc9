/** Runs a program and measures it from outside. */

/** A program, and what it gets. */
export interface Command {
  args: string[];
  /** Added to our environment. */
  env?: Record<string, string> | undefined;
  /** The file that is its standard input. Default: it has none. */
  stdin?: string | undefined;
}

/** How {@linkcode measure} runs a program. */
export interface MeasureOptions {
  /** Its working directory. */
  cwd: string;
  /** What its standard output goes to: a file or a FIFO. Default: nowhere. */
  stdout?: string | undefined;
  /** Looks every 20 ms how much memory it has. Default: no. */
  watchesMemory?: boolean | undefined;
  /** Ends it by force. */
  signal: AbortSignal;
}

/** What a run took. */
export interface Measured {
  /** When it was started and when it had ended, in ms, by `performance.now()`. */
  start: number;
  end: number;
  /** The most memory that it had, in bytes; Linux only. */
  rss?: number | undefined;
}

/** How often memory is looked at, in ms: what is missed is what came in the last so many. */
const LOOK = 20;
/** A run that takes longer than this, in ms, is ended: it hangs. */
const TIMEOUT = 180_000;
/** How much of its last words an error has, in characters, without stacks. */
const WORDS = 300;

/** The shell becomes the program, so that its process id is the program's. */
const REDIRECT = 'in=$1 out=$2; shift 2; exec "$@" <"$in" >"$out"';

/**
 * Runs a program to its end, in a process group of its own, which is killed when it takes too long,
 * when `signal` is aborted, and when this process ends.
 *
 * @throws {Error} If it does not exit 0.
 */
export async function measure(command: Command, options: MeasureOptions): Promise<Measured> {
  const { stdout = "/dev/null", signal } = options;
  signal.throwIfAborted();
  const { args, env = {}, stdin = "/dev/null" } = command;
  const start = performance.now();
  const child = new Deno.Command("sh", {
    args: ["-c", REDIRECT, "sh", stdin, stdout, ...args],
    cwd: options.cwd,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    detached: true,
  }).spawn();
  const kill = () => killGroup(child.pid);
  const timer = setTimeout(kill, TIMEOUT);
  signal.addEventListener("abort", kill);
  globalThis.addEventListener("unload", kill);
  const memory = options.watchesMemory ? watchMemory(child.pid) : undefined;
  try {
    const words = new Response(child.stderr).text();
    const { code } = await child.status;
    const end = performance.now();
    signal.throwIfAborted();
    if (code !== 0) {
      const lines = (await words).split("\n").filter((line) => !/^\s*at /.test(line));
      const text = lines.join("\n").trim().slice(-WORDS);
      throw new Error(`ended with ${code} after ${((end - start) / 1_000).toFixed(1)} s: ${text}`);
    }
    await words;
    return { start, end, rss: memory?.highest };
  } finally {
    memory?.stop();
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
    globalThis.removeEventListener("unload", kill);
    // What it may have left behind, such as the child of a `deno task` that was killed.
    kill();
  }
}

/** Looks at the most memory that a process ever had, which only grows, until it ends. */
function watchMemory(pid: number): { highest: number | undefined; stop: () => void } {
  const look = async () => {
    const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
    if (kilobytes !== undefined) watch.highest = Number(kilobytes) * 1_024;
  };
  const timer = setInterval(look, LOOK);
  const watch = { highest: undefined as number | undefined, stop: () => clearInterval(timer) };
  return watch;
}

function killGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}
