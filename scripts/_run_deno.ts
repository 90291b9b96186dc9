import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** How long what is interrupted may take to end before it is killed, in milliseconds. */
const GRACE = 5000;

/**
 * Runs Deno in a process group of its own, so that whatever the tests have started ends with them:
 * by SIGINT when `signal` is aborted, by SIGKILL when `GRACE` has passed or Deno has ended.
 */
export async function runDeno(
  args: string[],
  { env, signal }: { env: Record<string, string>; signal: AbortSignal },
): Promise<boolean> {
  signal.throwIfAborted();
  const command = { args, env, cwd: root, stdin: "null", detached: true } as const;
  const child = new Deno.Command(Deno.execPath(), command).spawn();
  const end = (by: Deno.Signal) => {
    try {
      Deno.kill(-child.pid, by);
    } catch {
      // Nothing of it is left.
    }
  };
  const kill = () => end("SIGKILL");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const interrupt = () => {
    end("SIGINT");
    timer = setTimeout(kill, GRACE);
  };
  signal.addEventListener("abort", interrupt);
  globalThis.addEventListener("unload", kill);
  const { success } = await child.status;
  kill();
  clearTimeout(timer);
  signal.removeEventListener("abort", interrupt);
  globalThis.removeEventListener("unload", kill);
  return success;
}
