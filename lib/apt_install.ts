import { ConnectionError } from "./errors.ts";
import { escapeText } from "./terminal.ts";

/** How {@linkcode aptInstall} goes about it. */
export interface AptInstallOptions {
  /** Takes the one line that says what is being installed. */
  log: (line: string) => void;
  /** Units of these packages that must not be started, now or at the next boot. @default none */
  services?: string[] | undefined;
}

const LINES_SHOWN = 15;
const POLICY = "/usr/sbin/policy-rc.d";

/** Whether {@linkcode aptInstall} can work: Debian or Ubuntu, as root. */
export async function canAptInstall(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  return await Deno.stat("/usr/bin/apt-get").then(() => true, () => false);
}

/**
 * Installs Debian packages without what they merely recommend, as root. None of their services is
 * started while they are installed.
 *
 * @throws {ConnectionError} If apt-get fails; the cure shows the end of its output.
 */
export async function aptInstall(packages: string[], options: AptInstallOptions): Promise<void> {
  const { log, services = [] } = options;
  log(`Installing ${packages.join(" ")} with apt-get …`);
  const install = [
    "-o",
    "DPkg::Lock::Timeout=120",
    "install",
    "-y",
    "--no-install-recommends",
    ...packages,
  ];
  const unblock = await blockServices();
  try {
    // The package lists are missing on a fresh container, or too old to fetch by; else updating
    // them is a waste of time.
    let result = await run("apt-get", install);
    if (!result.success) {
      await run("apt-get", ["update"]);
      result = await run("apt-get", install);
    }
    if (!result.success) {
      throw new ConnectionError(`Cannot install ${packages.join(" ")} with apt-get`, {
        cure: result.output.trimEnd().split("\n").slice(-LINES_SHOWN).map(escapeText).join("\n"),
        retryable: false,
      });
    }
    // Where there is no systemd, nothing starts at boot.
    if (services.length > 0) await run("systemctl", ["disable", ...services]).catch(() => {});
  } finally {
    await unblock();
  }
}

/**
 * Keeps packages from starting their services: a broker that somebody only wants to try must not
 * listen on every interface of the machine. Debian's way is a policy-rc.d that answers 101. One that
 * exists is its owner's decision and stays as it is. Ours denies only while this process runs, so
 * that it does no harm if it cannot be removed.
 */
async function blockServices(): Promise<() => Promise<void>> {
  const policy = `#!/bin/sh\nkill -0 ${Deno.pid} 2>/dev/null && exit 101\nexit 0\n`;
  try {
    await Deno.writeTextFile(POLICY, policy, { createNew: true, mode: 0o755 });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return () => Promise.resolve();
    throw error;
  }
  return () => Deno.remove(POLICY);
}

async function run(command: string, args: string[]): Promise<{ success: boolean; output: string }> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" },
    stdin: "null",
  }).output();
  return { success, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}
