import { aptInstall, canAptInstall } from "../../lib/apt_install.ts";

/** Debian's own Python, the one for which apt installs pika. */
const PYTHON = "/usr/bin/python3";

/**
 * Finds a Python that has pika, and installs pika where that can be done: as root on Debian and
 * Ubuntu. `undefined` if there is none, which `log` is told with the reason.
 */
export async function findPythonWithPika(
  log: (line: string) => void,
): Promise<string | undefined> {
  let reason = "it is not installed";
  try {
    if (await hasPika()) return PYTHON;
    if (await canAptInstall()) await aptInstall(["python3-pika"], { log });
    if (await hasPika()) return PYTHON;
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
  log(`The tests that need python3-pika are skipped: ${reason}`);
  return undefined;
}

async function hasPika(): Promise<boolean> {
  try {
    return (await new Deno.Command(PYTHON, { args: ["-c", "import pika"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
