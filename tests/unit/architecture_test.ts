import { assertEquals } from "@std/assert";

/** The names in the table of docs/architecture.md; an asterisk stands for any part of one. */
const NAMES = Deno.readTextFileSync("docs/architecture.md").split("\n")
  .filter((line) => line.startsWith("| `"))
  .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`([\w*]+\.ts)`/g)])
  .map(([, name = ""]) => name);

const FILES = [...Deno.readDirSync("lib")].map(({ name }) => name);

function isLike(file: string, name: string): boolean {
  return new RegExp(`^${name.replace(".", "\\.").replaceAll("*", "\\w*")}$`).test(file);
}

Deno.test("docs/architecture.md says of each file of lib what it is for, and of no other", () => {
  const named = (file: string) => NAMES.some((name) => isLike(file, name));
  assertEquals(FILES.filter((file) => file !== "mod.ts" && !named(file)), []);
  assertEquals(NAMES.filter((name) => !FILES.some((file) => isLike(file, name))), []);
});
