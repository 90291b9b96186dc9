import { assert, assertEquals, assertRejects } from "@std/assert";
import { Backoff } from "../../lib/backoff.ts";

const SCHEDULE = [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000];

const pauses = (backoff: Backoff) => SCHEDULE.map(() => backoff.next());

Deno.test("Backoff doubles its pauses up to 10 s, and shortens each by up to a half", () => {
  for (let client = 0; client < 100; client++) {
    for (const [at, pause] of pauses(new Backoff("forever")).entries()) {
      const longest = SCHEDULE[at] ?? NaN;
      assert(pause >= longest / 2 && pause <= longest, `pause ${at} is ${pause} ms`);
    }
  }
});

Deno.test("Backoff keeps many clients from coming back at once", () => {
  const clients = Array.from({ length: 100 }, () => pauses(new Backoff("forever")));
  for (const at of SCHEDULE.keys()) {
    const times = clients.map((client) => Math.round(client[at] ?? NaN)).sort((a, b) => a - b);
    // That all of them fall within a tenth of it happens less than once in 10⁶⁰ runs.
    const [first = NaN, last = NaN] = [times.at(0), times.at(-1)];
    assert(last - first > (SCHEDULE[at] ?? NaN) / 10, `pause ${at}: ${first} to ${last} ms`);
  }
});

Deno.test("restart() begins with the short pauses again", () => {
  const backoff = new Backoff("forever");
  pauses(backoff);
  backoff.restart("forever");
  assert(backoff.next() <= 250);
});

Deno.test("Backoff pauses no longer than there is time, but a little before the last attempt", () => {
  const backoff = new Backoff(1_000);
  for (const pause of pauses(backoff)) assert(pause >= 125 && pause <= 1_000, `${pause} ms`);
  for (const pause of pauses(new Backoff(0))) assert(pause >= 125 && pause <= 250, `${pause} ms`);
});

Deno.test("isOver is true when the time for trying is over", () => {
  const backoff = new Backoff(0);
  assert(backoff.isOver);
  backoff.restart("forever");
  assert(!backoff.isOver);
  assert(!new Backoff(60_000).isOver);
});

Deno.test("pause() ends at once, with the reason of its signal", async () => {
  const reason = new Error("enough");
  const backoff = new Backoff("forever");
  pauses(backoff);
  const shorter = new Backoff("forever").pause();
  const stop = new AbortController();
  const pausing = assertRejects(() => backoff.pause(stop.signal));
  stop.abort(reason);
  assertEquals(await Promise.race([pausing, shorter]), reason);
  assertEquals(await assertRejects(() => backoff.pause(stop.signal)), reason);
  await shorter;
});
