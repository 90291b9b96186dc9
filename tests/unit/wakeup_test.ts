import { assertEquals } from "@std/assert";
import { Wakeup } from "../../lib/wakeup.ts";

Deno.test("Wakeup.wait() ends when it is called", async () => {
  const wakeup = new Wakeup();
  const waiting = wakeup.wait();
  wakeup.call();
  assertEquals(await waiting, true);
});

Deno.test("Wakeup.wait() ends at once when it was called before", async () => {
  const wakeup = new Wakeup();
  wakeup.call();
  assertEquals(await wakeup.wait(), true);
});

Deno.test("Wakeup.wait() returns false when nobody calls in time", async () => {
  const wakeup = new Wakeup();
  assertEquals(await wakeup.wait(1), false);
  assertEquals(await wakeup.wait(1), false);
});

Deno.test("Wakeup.wait() uses up all calls before it", async () => {
  const wakeup = new Wakeup();
  wakeup.call();
  wakeup.call();
  assertEquals(await wakeup.wait(1), true);
  assertEquals(await wakeup.wait(1), false);
});

Deno.test("Wakeup.wait() leaves no timer behind when it is called in time", async () => {
  const wakeup = new Wakeup();
  const waiting = wakeup.wait(60_000);
  wakeup.call();
  // The sanitizer of the test runner would tell.
  assertEquals(await waiting, true);
});

Deno.test("Wakeup.call() keeps a call that comes between two waits", async () => {
  const wakeup = new Wakeup();
  const first = wakeup.wait(1);
  assertEquals(await first, false);
  wakeup.call();
  assertEquals(await wakeup.wait(1), true);
});

Deno.test("Wakeup.call() can be passed on as a callback", async () => {
  const { call, ...rest } = new Wakeup();
  assertEquals(Object.keys(rest), []);
  const wakeup = new Wakeup();
  const abort = new AbortController();
  abort.signal.addEventListener("abort", wakeup.call);
  abort.abort();
  assertEquals(await wakeup.wait(1), true);
  call();
});
