import { assertEquals, assertInstanceOf } from "@std/assert";
import { Source } from "../../lib/source.ts";
import { Wakeup } from "../../lib/wakeup.ts";

/** Takes all items as a loop does that waits for `onReady`. */
async function drain<T>(
  items: Iterable<T | Iterable<T>> | AsyncIterable<T | Iterable<T>>,
): Promise<T[]> {
  const wakeup = new Wakeup();
  const source = new Source<T>(items, wakeup.call);
  const taken: T[] = [];
  while (!source.isDry) {
    const item = source.take();
    if (item === undefined) await wakeup.wait();
    else taken.push(item);
  }
  if (source.failure) throw source.failure.error;
  return taken;
}

async function* later<T>(...items: T[]) {
  for (const item of items) yield await Promise.resolve(item);
}

Deno.test("Source.take() takes the items of an array in their order", async () => {
  assertEquals(await drain([1, 2, 3]), [1, 2, 3]);
});

Deno.test("Source.take() takes the items of an async generator in their order", async () => {
  assertEquals(await drain(later("a", "b")), ["a", "b"]);
});

Deno.test("Source.take() takes items when they are falsy", async () => {
  assertEquals<unknown>(await drain(later<unknown>(0, "", null, false)), [0, "", null, false]);
});

Deno.test("Source is dry when it is empty", async () => {
  assertEquals(await drain([]), []);
});

Deno.test("Source.take() never asks for an item before the one before was taken", async () => {
  let asked = 0;
  const ready = new Wakeup();
  const items = {
    [Symbol.iterator]: () => ({ next: () => ({ done: false, value: ++asked }) }),
  } as Iterable<number>;
  const source = new Source(items, ready.call);
  assertEquals(asked, 0);
  assertEquals(source.take(), undefined);
  assertEquals(source.take(), undefined);
  assertEquals(await ready.wait(), true);
  assertEquals(asked, 1);
  assertEquals(source.take(), 1);
  assertEquals(asked, 2);
});

Deno.test("Source.failure is what the iterable threw, after its items", async () => {
  const wakeup = new Wakeup();
  const error = new Error("torn");
  const source = new Source(
    (function* () {
      yield 1;
      throw error;
    })(),
    wakeup.call,
  );
  source.take();
  await wakeup.wait();
  assertEquals(source.failure, undefined);
  assertEquals(source.take(), 1);
  await wakeup.wait();
  assertEquals(source.isDry, true);
  assertEquals(source.take(), undefined);
  assertEquals(source.failure, { error });
});

Deno.test("Source.close() lets the iterable clean up", async () => {
  const wakeup = new Wakeup();
  const cleaned = Promise.withResolvers<void>();
  const source = new Source(
    (async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        cleaned.resolve();
      }
    })(),
    wakeup.call,
  );
  source.take();
  await wakeup.wait();
  source.close();
  await cleaned.promise;
});

Deno.test("Source.close() throws nothing when the cleaning up fails", () => {
  for (const fail of [() => Promise.reject(new Error("late")), throwAtOnce]) {
    const items = { [Symbol.iterator]: () => ({ next: () => ({ done: true }), return: fail }) };
    new Source(items as unknown as Iterable<number>, () => {}).close();
  }
});

Deno.test("Source.close() does nothing when there is nothing to clean up", () => {
  const source = new Source([1], () => {});
  source.close();
  assertInstanceOf(source, Source);
});

/** Iterables of objects, as a source of lines gives them. */
const objects = (...names: string[]) => names.map((name) => ({ name }));

Deno.test("Source.take() takes what comes together one after the other, without waiting", async () => {
  const batches = later(objects("a", "b"), objects(), objects("c"));
  assertEquals(await drain<{ name: string }>(batches), objects("a", "b", "c"));

  const wakeup = new Wakeup();
  const source = new Source<{ name: string }>([objects("a", "b")], wakeup.call);
  assertEquals(source.take(), undefined);
  await wakeup.wait();
  assertEquals([source.take(), source.take()], objects("a", "b"));
});

Deno.test("Source takes no more of what comes together than it is asked for", async () => {
  let given = 0;
  const batch = (function* () {
    for (;;) yield { name: ++given };
  })();
  const wakeup = new Wakeup();
  const source = new Source<{ name: number }>([batch], wakeup.call);
  source.take();
  await wakeup.wait();
  assertEquals([source.take(), source.take(), given], [{ name: 1 }, { name: 2 }, 2]);
  source.close();
  await Promise.resolve();
  assertEquals(batch.next().done, true);
});

Deno.test("Source.failure comes after what came together before it", async () => {
  const torn = new Error("torn");
  const wakeup = new Wakeup();
  const source = new Source<{ name: string }>(
    (async function* () {
      yield objects("a", "b");
      await Promise.reject(torn);
    })(),
    wakeup.call,
  );
  source.take();
  await wakeup.wait();
  assertEquals(source.take(), { name: "a" });
  await wakeup.wait();
  assertEquals([source.failure, source.isDry], [undefined, false]);
  assertEquals(source.take(), { name: "b" });
  assertEquals([source.take(), source.isDry], [undefined, true]);
  assertEquals(source.failure, { error: torn });
});

Deno.test("Source.failure is what an iterable of those that come together threw", async () => {
  const torn = new Error("torn");
  const batch = function* () {
    yield { name: "a" };
    throw torn;
  };
  const wakeup = new Wakeup();
  const source = new Source<{ name: string }>([batch(), objects("never")], wakeup.call);
  source.take();
  await wakeup.wait();
  assertEquals(source.take(), { name: "a" });
  assertEquals([source.take(), source.take()], [undefined, undefined]);
  assertEquals([source.isDry, source.failure], [true, { error: torn }]);
});

function throwAtOnce(): never {
  throw new Error("at once");
}
