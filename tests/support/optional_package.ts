import { aptInstall, canAptInstall } from "../../lib/apt_install.ts";

/** What some tests need, and the others can do without. */
export interface OptionalPackage {
  /** Its name in Debian, for people too. */
  name: string;
  /** Finds what is needed of it; `undefined` if it is not installed. */
  find: () => Promise<string | undefined>;
}

/**
 * Finds a package, and installs it where that can be done: as root on Debian and Ubuntu.
 * `undefined` if there is none, which `log` is told with the reason.
 */
export async function provideOptional(
  { name, find }: OptionalPackage,
  log: (line: string) => void,
): Promise<string | undefined> {
  let reason = "it is not installed";
  try {
    const found = await find();
    if (found !== undefined) return found;
    if (await canAptInstall()) {
      await aptInstall([name], { log });
      const installed = await find();
      if (installed !== undefined) return installed;
      reason = "it is installed, but does not work here";
    }
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
  log(`The tests that need ${name} are skipped: ${reason}`);
  return undefined;
}
