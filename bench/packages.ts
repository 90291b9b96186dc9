/** Provides what the peers are made of: Debian packages, and npm packages of exact versions. */
import { aptInstall, canAptInstall } from "../lib/apt_install.ts";
import type { OptionalPackage } from "../tests/support/optional_package.ts";

/** amqp-tools: where its programs are. */
export const AMQP_TOOLS: OptionalPackage = {
  name: "amqp-tools",
  find: async () => {
    const path = "/usr/bin/amqp-publish";
    return await Deno.stat(path).then(() => path, () => undefined);
  },
};

/**
 * Finds a Debian package, and installs it where that can be done: as root on Debian and Ubuntu.
 *
 * @throws {Error} If it cannot be had; the message says why.
 */
export async function provideDebian(
  { name, find }: OptionalPackage,
  log: (line: string) => void,
): Promise<string> {
  let found = await find();
  if (found === undefined && await canAptInstall()) {
    await aptInstall([name], { log });
    found = await find();
  }
  if (found === undefined) throw new Error(`${name} is not installed, and cannot be here`);
  return found;
}

/**
 * Installs what a package.json and its lockfile in the folder `source` say into the folder `target`,
 * if it is not there yet; returns the folder of the packages.
 *
 * @throws {Error} If npm fails, or is missing.
 */
export async function provideNpm(
  source: string,
  target: string,
  log: (line: string) => void,
): Promise<string> {
  const packages = `${target}/node_modules`;
  const lock = await Deno.readTextFile(`${source}/package-lock.json`);
  const stamp = `${target}/installed.json`;
  if (await Deno.readTextFile(stamp).catch(() => "") === lock) return packages;
  log(`Installing npm packages into ${target} …`);
  await Deno.mkdir(target, { recursive: true });
  for (const name of ["package.json", "package-lock.json"]) {
    await Deno.copyFile(`${source}/${name}`, `${target}/${name}`);
  }
  await output("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], target);
  await Deno.writeTextFile(stamp, lock);
  return packages;
}

/**
 * Runs a program and returns what it printed.
 *
 * @throws {Error} If it fails; the message is the last that it wrote to standard error.
 */
export async function output(program: string, args: string[], cwd = "/"): Promise<string> {
  const command = new Deno.Command(program, { args, cwd, stdin: "null", env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output().catch((error) => {
    if (error instanceof Deno.errors.NotFound) throw new Error(`${program} is not installed`);
    throw error;
  });
  if (success) return new TextDecoder().decode(stdout).trim();
  throw new Error(`${program}: ${new TextDecoder().decode(stderr).trim().slice(-300)}`);
}
