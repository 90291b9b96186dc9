import { assertEquals, assertInstanceOf, assertMatch, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../../lib/errors.ts";
import type { HandlerContext, ReceivedMessage } from "../../lib/handler.ts";
import { loadHandler } from "../../lib/load_handler.ts";

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** How loading a handler fails. */
function failureOf(receive: Parameters<typeof loadHandler>[0]): Promise<ConfigError> {
  return assertRejects(() => loadHandler(receive), ConfigError);
}

Deno.test("loadHandler() loads nothing when the config names neither handler nor exec", async () => {
  assertEquals(await loadHandler({}), undefined);
});

Deno.test("loadHandler() loads the default export of a file, and what the file imports", async () => {
  const handler = await loadHandler({ handler: fixture("handler.ts") });
  const message = { payload: "World" } as ReceivedMessage;
  assertEquals(handler?.(message, {} as HandlerContext), "Hello World");
});

Deno.test("loadHandler() says so when there is no such file", async () => {
  const { message, cure } = await failureOf({ handler: "/no/su\u202ech.ts" });
  assertEquals(message, 'receive.handler: there is no file "/no/su\\u{202e}ch.ts"');
  assertEquals(cure, "Name it relative to the folder of the config file");
});

Deno.test("loadHandler() says where a file does not compile, on one line", async () => {
  const { message } = await failureOf({ handler: fixture("handler_syntax.js.txt") });
  assertMatch(message, /^receive\.handler: cannot load "\/.*\/handler_syntax\.js\.txt": \P{C}+$/u);
  assertMatch(message, /: SyntaxError: Expected .* at file:.*\/handler_syntax\.js\.txt:1:\d+$/);
});

Deno.test("loadHandler() says what a file throws while it is loaded, on one line", async () => {
  const file = fixture("handler_throws.ts");
  const { message, cure, cause } = await failureOf({ handler: file });
  assertEquals(message, `receive.handler: cannot load "${file}": no model \\u{202e} at hand`);
  assertEquals(cure, `To see more of it: deno run "${file}"`);
  assertInstanceOf(cause, Error);
});

Deno.test("loadHandler() says so when a file has no default export, or one that is no function", async () => {
  const [named, object] = [fixture("handler_named.ts"), fixture("handler_object.ts")];
  const { message, cure } = await failureOf({ handler: named });
  assertEquals(message, `receive.handler: "${named}" has no default export`);
  assertEquals(cure, "Write in it: export default (message, context) => { … }");
  assertEquals(
    (await failureOf({ handler: object })).message,
    `receive.handler: the default export of "${object}" is not a function`,
  );
});

Deno.test("loadHandler() names the task that may run programs where this is not allowed", async () => {
  for (const program of ["cat", "no-such-program"]) {
    const { message, cure } = await failureOf({ exec: [program] });
    assertEquals(message, "receive.exec needs the permission to run programs");
    assertEquals(cure, "Run it with: deno task work");
  }
});
