import { assertEquals, assertStringIncludes } from "@std/assert";

const page = Deno.readTextFileSync("docs/dependencies.md");

/** The packages that a lock file of npm's names for itself. */
function direct(folder: string): string[] {
  const { dependencies } = JSON.parse(Deno.readTextFileSync(`${folder}/package.json`));
  return Object.keys(dependencies);
}

Deno.test("docs/dependencies.md has each package of deno.lock with its version, and no other", () => {
  const lock = JSON.parse(Deno.readTextFileSync("deno.lock")) as { npm: Record<string, unknown> };
  // `name@version`, and after `_` what it was resolved with.
  const locked = Object.keys(lock.npm).map((key) => key.replace(/_.*$/, ""));
  const told = [...page.matchAll(/^\| `([^`]+)` +\| (\d\S*\.\S+) /gm)].map(([, name, version]) =>
    `${name}@${version}`
  );
  assertEquals(told.sort(), locked.sort());
});

Deno.test("docs/dependencies.md names what the benchmark installs", () => {
  for (const name of ["bench/peers", "bench/drawing"].flatMap(direct)) {
    assertStringIncludes(page, name);
  }
});
