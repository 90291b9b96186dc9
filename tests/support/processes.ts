/** What the system says about processes and their sockets, for tests. */

/** The unit of times in Linux's /proc, on every usual architecture (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

/** Finds a process and all its descendants. */
export async function processTree(root: number): Promise<number[]> {
  const rows = (await ps("-eo", "pid=,ppid=")).map((
    [pid, parent],
  ) => [Number(pid), Number(parent)]);
  const tree = [root];
  for (const ancestor of tree) {
    for (const [pid = 0, parent] of rows) if (parent === ancestor) tree.push(pid);
  }
  return tree;
}

/** Reads a file of /proc of a process and of each of its descendants, as fast as can be; Linux only. */
export function readTree(root: number, file: string): string[] {
  const parents = [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter(Boolean)
    .map((pid) => ({ pid, parent: Number(/^PPid:\s+(\d+)$/m.exec(readOf(pid, "status"))?.[1]) }));
  const tree = [root];
  for (const ancestor of tree) {
    for (const { pid, parent } of parents) if (parent === ancestor) tree.push(pid);
  }
  return tree.map((pid) => readOf(pid, file));
}

/** Reads a file of /proc of a process; empty, if that has ended meanwhile. */
function readOf(pid: number, file: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${file}`);
  } catch {
    return "";
  }
}

/** Finds the parent of a process. */
export async function parentOf(pid: number): Promise<number> {
  return Number((await ps("-o", "ppid=", "-p", String(pid)))[0]?.[0]);
}

/** Which of the processes still run; what has ended and was not yet collected does not. */
export async function stillRunning(pids: number[]): Promise<number[]> {
  const rows = await ps("-o", "pid=,stat=", "-p", pids.join(","));
  return rows.filter(([, state = ""]) => !state.startsWith("Z")).map(([pid]) => Number(pid));
}

/** The TCP addresses at which processes listen, in the kernel's hexadecimal; Linux only. */
export async function listeningAddresses(
  pids: number[],
): Promise<{ address: string; port: number }[]> {
  const sockets = new Set<string>();
  for (const pid of pids) {
    for await (const { name } of Deno.readDir(`/proc/${pid}/fd`)) {
      sockets.add(await Deno.readLink(`/proc/${pid}/fd/${name}`).catch(() => ""));
    }
  }
  const found: { address: string; port: number }[] = [];
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    const rows = await Deno.readTextFile(table).catch(() => "");
    for (const row of rows.split("\n")) {
      const [, local = "", , state, , , , , , inode] = row.trim().split(/\s+/);
      const [address = "", port = ""] = local.split(":");
      if (state !== "0A" || !sockets.has(`socket:[${inode}]`)) continue;
      found.push({ address, port: parseInt(port, 16) });
    }
  }
  return found;
}

/** How long the processors have worked for a process, in ms; Linux only. */
export async function cpuTime(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // After the name, which may hold anything: the state, ten more fields, then user and system time.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return ticks * 1_000 / TICKS_PER_SECOND;
}

/** How much memory a process has, in bytes; Linux only. */
export async function residentMemory(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}

/**
 * Waits until a condition holds.
 *
 * @throws {Error} If it does not within `timeout` ms (default: 30,000).
 */
export async function until(
  condition: () => Promise<boolean>,
  { what, timeout = 30_000 }: { what: string; timeout?: number },
): Promise<void> {
  const deadline = performance.now() + timeout;
  while (!await condition()) {
    if (performance.now() > deadline) throw new Error(`Not within ${timeout} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function ps(...args: string[]): Promise<string[][]> {
  const { stdout } = await new Deno.Command("ps", { args, stdin: "null" }).output();
  const lines = new TextDecoder().decode(stdout).split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").map((line) => line.split(/\s+/));
}

/** Whether a program is in the PATH. */
export function isInstalled(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}
