import { assert, assertEquals } from "@std/assert";
import { Window } from "../../lib/window.ts";

/**
 * Lets a window drive a broker that is `distance` ms away and takes `rate` messages/ms, for so many
 * confirmations.
 *
 * @returns The sizes that the window had.
 */
function drive({ distance, rate, confirmations = 20_000, backlog = Infinity, unsendable }: {
  distance: number;
  rate: number;
  confirmations?: number;
  backlog?: number;
  /** After how many messages one cannot be sent. */
  unsendable?: number;
}): { window: Window; sizes: number[]; elapsed: number } {
  let now = 0;
  const window = new Window(() => now);
  const underWay: { message: object; due: number }[] = [];
  const sizes: number[] = [];
  let free = 0;
  for (let settled = 0; settled < confirmations; settled++) {
    while (underWay.length < backlog && window.hasRoom(underWay.length)) {
      const message = {};
      window.sent(message);
      // It travels, waits for its turn, and its confirmation travels back.
      free = Math.max(free, now + distance / 2) + 1 / rate;
      underWay.push({ message, due: free + distance / 2 });
    }
    const first = underWay.shift();
    assert(first);
    now = Math.max(now, first.due);
    window.settled(first.message);
    if (unsendable !== undefined && settled % unsendable === 0) {
      const never = {};
      window.sent(never);
      window.forget(never);
    }
    sizes.push(window.size);
  }
  return { window, sizes, elapsed: now };
}

Deno.test("size stays at some hundreds beside a broker that is near", () => {
  const { sizes } = drive({ distance: 2, rate: 25 });
  assert(Math.min(...sizes) >= 100 && Math.max(...sizes) <= 400, `${Math.max(...sizes)}`);
});

Deno.test("size grows to what a broker far away needs to be busy", () => {
  const { window, elapsed } = drive({ distance: 100, rate: 25 });
  // On the way alone are 100 ms of 25 messages each.
  assert(window.size >= 2_500 && window.size <= 4_000, `${window.size}`);
  assert(elapsed < 20_000 / 25 * 4, `${elapsed} ms, and 800 ms would be the best`);
});

Deno.test("size has an upper bound, and a lower one", () => {
  assertEquals(drive({ distance: 60_000, rate: 100, confirmations: 100_000 }).window.size, 10_000);
  const { window } = drive({ distance: 0.1, rate: 0.1 });
  assert(window.size >= 100 && window.size < 260, `${window.size}`);
});

Deno.test("size does not grow while there are too few messages to use it up", () => {
  assertEquals(drive({ distance: 100, rate: 25, backlog: 50 }).window.size, 200);
});

Deno.test("size grows although now and then a message is not sent at all", () => {
  assert(drive({ distance: 100, rate: 25, unsendable: 50 }).window.size > 2_500);
});
