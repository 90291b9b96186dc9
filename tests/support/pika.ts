import type { OptionalPackage } from "./optional_package.ts";

/** Debian's own Python, the one for which apt installs pika. */
const PYTHON = "/usr/bin/python3";

/** A Python that has pika. */
export const PIKA: OptionalPackage = { name: "python3-pika", find: findPythonWithPika };

async function findPythonWithPika(): Promise<string | undefined> {
  try {
    const python = new Deno.Command(PYTHON, { args: ["-c", "import pika"], stdin: "null" });
    return (await python.output()).success ? PYTHON : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
