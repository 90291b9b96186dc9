import { assertEquals } from "@std/assert";
import { paint, roomFor } from "../../lib/screen.ts";

const terminal = { isTerminal: () => true };
const pipe = { isTerminal: () => false };

/** The user's wish for colour: Deno lets every program read it. */
const isForced = !Deno.noColor && !["", "0", undefined].includes(Deno.env.get("FORCE_COLOR"));

/** Lines, and how a terminal shows them. */
const PAINTED: [line: string, painted: string][] = [
  [" [*] Waiting", "\x1b[2m [*]\x1b[0m Waiting"],
  [" [x] Sent 'a'\n", "\x1b[32m [x]\x1b[0m Sent 'a'\n"],
  [" [.] Got 'a'", "\x1b[32m [.]\x1b[0m Got 'a'"],
  ["error: no broker\n  error: x", "\x1b[1;31merror:\x1b[0m no broker\n  error: x"],
  ["Usage:\n [x] Sent", "Usage:\n [x] Sent"],
  ["", ""],
];

for (const [line, painted] of PAINTED) {
  Deno.test(`paint() colours the mark alone in ${JSON.stringify(line)}`, () => {
    assertEquals(paint(line, terminal), Deno.noColor ? line : painted);
    assertEquals(paint(line, pipe), isForced ? painted : line);
  });
}

Deno.test("roomFor() is without limit where there is no terminal", () => {
  assertEquals([roomFor(pipe), roomFor(pipe, 3)], [Infinity, Infinity]);
});

Deno.test("roomFor() leaves a terminal its lines, or all but one of the screen", () => {
  const [three, all] = [roomFor(terminal, 3), roomFor(terminal)];
  assertEquals(three > 0 && three <= all && all < Infinity, true);
});
