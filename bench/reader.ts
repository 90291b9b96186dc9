/** Reads what a program writes into a pipe, as cheaply as can be, and counts it. */

/** A pipe with a reader, which is `wc`. */
export interface Reader {
  /** The FIFO to write to; it can be written by one program, once. */
  path: string;
  /** How much was written, once the writer has ended. */
  counted: Promise<{ lines: number; bytes: number }>;
  /** Ends it, whether anything was written or not. */
  close: () => Promise<void>;
}

/** Opens a pipe in a folder. */
export async function openReader(dir: string): Promise<Reader> {
  const path = `${dir}/${crypto.randomUUID()}.pipe`;
  await new Deno.Command("mkfifo", { args: [path] }).output();
  const child = new Deno.Command("sh", {
    args: ["-c", 'exec wc -lc <"$1"', "sh", path],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const counted = new Response(child.stdout).text().then((text) => {
    const [lines = 0, bytes = 0] = text.trim().split(/\s+/).map(Number);
    return { lines, bytes };
  });
  const close = async () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await child.status;
    await counted;
    await Deno.remove(path);
  };
  return { path, counted, close };
}
