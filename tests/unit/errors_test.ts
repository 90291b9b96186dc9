import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import {
  AmqpTasksError,
  ConfigError,
  ConnectionError,
  ExitCode,
  OutputError,
  PublishError,
  TopologyError,
} from "../../lib/errors.ts";
import { OutputClosedError } from "../../lib/print_messages.ts";

const CLASSES = [
  [OutputError, 1],
  [OutputClosedError, 1],
  [ConfigError, 2],
  [ConnectionError, 3],
  [PublishError, 4],
  [TopologyError, 5],
] as const;

const read = (file: string) => Deno.readTextFileSync(new URL(`../../${file}`, import.meta.url));

for (const [Class, exitCode] of CLASSES) {
  Deno.test(`${Class.name} ends a script with ${exitCode} and carries what was given`, () => {
    const cause = new Error("why");
    const error = new Class("Cannot do", { cure: "Do else", cause });
    assertInstanceOf(error, AmqpTasksError);
    assertEquals([error.name, error.exitCode], [Class.name, exitCode]);
    assertEquals([error.message, error.cure, error.cause], ["Cannot do", "Do else", cause]);
    assertEquals(new Class("Cannot do").cure, "");
    assert(!("cause" in new Class("Cannot do")));
  });
}

Deno.test("ConnectionError is worth another try when nothing else is said", () => {
  assertEquals(new ConnectionError("x").retryable, true);
  assertEquals(new ConnectionError("x", { retryable: false }).retryable, false);
});

Deno.test("ExitCode has the codes that its description lists", () => {
  const listed = [...read("lib/errors.ts").matchAll(/\* \| (\d+) \|/g)].map(([, code]) => code);
  assertEquals(listed, Object.values(ExitCode).map(String));
});

/** The codes with which each script can end, and what the help says to each. */
const HELP: Record<string, Record<number, RegExp>> = {
  "scripts/send.ts": {
    0: /confirmed/,
    1: /unexpected/,
    2: /config or arguments/,
    3: /no broker/,
    4: /not accepted/,
    5: /refused the queue/,
    130: /second CTRL\+C/,
  },
  "scripts/receive.ts": {
    0: /done/,
    1: /unexpected/,
    2: /config or arguments/,
    3: /no broker/,
    4: /not accepted/,
    5: /refused the queue/,
    130: /second CTRL\+C/,
  },
};

for (const [file, codes] of Object.entries(HELP)) {
  Deno.test(`the help of ${file} lists its exit codes`, () => {
    const [, text = ""] = /\nExit codes:\n(.*?)`;/s.exec(read(file)) ?? [];
    const listed = [...text.matchAll(/^ {2}(\d+) +(.*)$/gm)];
    assertEquals(listed.map(([, code]) => code), Object.keys(codes));
    for (const [, code, meaning = ""] of listed) {
      assertMatch(meaning, codes[Number(code)] ?? /never/);
      assert(Object.values(ExitCode).includes(Number(code)));
    }
  });
}

Deno.test("the README lists every exit code", () => {
  const [, section = ""] = read("README.md").split("## Exit codes");
  const listed = [...section.matchAll(/\| (\d+) +\|/g)].map(([, code]) => code);
  assertEquals(listed, Object.values(ExitCode).map(String));
});
