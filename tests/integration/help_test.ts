import { assert, assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import denoJson from "../../deno.json" with { type: "json" };
import { plainly } from "../support/environment.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const COLUMNS = 80;

/** The tasks that run a script of ours; `deno fmt` has a help of its own. */
const TASKS = Object.entries(denoJson.tasks)
  .map(([task, { command }]) => ({ task, command: command.split(" ") }))
  .filter(({ command: [, run] }) => run === "run");

/** Runs a task's command, as `deno task` does, with one more argument. */
async function help(command: string[], option: string) {
  const [, ...args] = command;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args, option],
    cwd: root,
    ...plainly(),
    stdin: "null",
  }).output();
  const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  // Deno says what it fetches the first time, in a checkout that is new.
  return { code, text: text ?? "", errors: errors?.replace(/^Download .*\n/gm, "") ?? "" };
}

/** The options that a script knows: what it gives to `parseArguments`. */
async function optionsOf(command: string[]): Promise<string[]> {
  const script = /(?:dist|scripts)\/(\w+)\.[jt]s/.exec(command.join(" "))?.[1];
  const source = await Deno.readTextFile(`${root}scripts/${script}.ts`);
  const [, options = ""] = /parseArguments\(args, \{(.*?)\}\)/s.exec(source) ?? [];
  assertEquals(options !== "", source.includes("parseArguments("), "its options are found");
  return [...options.matchAll(/(\w+): \{ type: /g)].map(([, name]) => `--${name}`);
}

Deno.test("there are tasks whose help can be tested", () => {
  assert(TASKS.length > 10, `there are ${TASKS.length}`);
});

for (const { task, command } of TASKS) {
  Deno.test(`deno task ${task} --help says what it does and takes, without a broker`, async () => {
    const { code, text, errors } = await help(command, "--help");
    assertEquals({ code, errors }, { code: 0, errors: "" });
    assertMatch(text, /^[A-Z].*(\n.+)?\.\n\nUsage:\n {2}deno task /, "it begins as all others do");
    assertMatch(text, new RegExp(`^ {2}deno task ${task}( |$)`, "m"), "it has a usage line");
    const options = await optionsOf(command);
    for (const option of new Set([...options, "--help"])) {
      assertMatch(text, new RegExp(`^ {2}(-\\w, )?${option}\\b`, "m"), `${option} is described`);
    }
    const long = text.split("\n").filter((line) => line.length > COLUMNS);
    assertEquals(long, []);
    assert(text.endsWith("\n") && !text.endsWith("\n\n"), "it ends with one line end");
    assertEquals((await help(command, "-h")).text, text);
  });
}
