import { assertEquals } from "@std/assert";
import type { ByteStream } from "../../lib/byte_stream.ts";
import { WriteQueue } from "../../lib/write_queue.ts";

/** A stream whose writes end when the test says so. */
class Pipe implements ByteStream {
  readonly written: number[] = [];
  #settle: PromiseWithResolvers<void> | undefined;

  read(): Promise<null> {
    return Promise.resolve(null);
  }

  write(bytes: Uint8Array): Promise<void> {
    this.written.push(bytes.length);
    this.#settle = Promise.withResolvers();
    return this.#settle.promise;
  }

  /** Ends the write under way, and lets what follows from it happen. */
  async finish(error?: Error): Promise<void> {
    if (error) this.#settle?.reject(error);
    else this.#settle?.resolve();
    await new Promise<void>((resolve) => queueMicrotask(resolve));
    await new Promise<void>((resolve) => queueMicrotask(resolve));
  }

  close(): void {}
}

function startQueue() {
  const pipe = new Pipe();
  const told: unknown[] = [];
  const queue = new WriteQueue(pipe, {
    onDrain: () => told.push("drain"),
    onError: (error) => told.push(error),
  });
  return { pipe, queue, told };
}

Deno.test("push() writes at once, and together what comes during a write", async () => {
  const { pipe, queue } = startQueue();
  for (const size of [1, 2, 3]) queue.push(new Uint8Array(size));
  assertEquals(pipe.written, [1]);
  await pipe.finish();
  assertEquals(pipe.written, [1, 5]);
  await pipe.finish();
  queue.push(new Uint8Array(4));
  assertEquals(pipe.written, [1, 5, 4]);
});

Deno.test("push() keeps writes to 64 KiB, but writes a larger piece whole", async () => {
  const { pipe, queue } = startQueue();
  for (const kib of [1, 40, 24, 1, 100, 1]) queue.push(new Uint8Array(kib * 1024));
  for (let write = 1; write < 5; write++) await pipe.finish();
  assertEquals(pipe.written.map((size) => size / 1024), [1, 64, 1, 100, 1]);
});

Deno.test("push() keeps the order of the bytes", async () => {
  const bytes: number[] = [];
  const stream = new Pipe();
  stream.write = (piece) => Promise.resolve(void bytes.push(...piece));
  const queue = new WriteQueue(stream, { onDrain() {}, onError() {} });
  for (let number = 0; number < 100; number++) queue.push(Uint8Array.of(number, number));
  await stream.finish();
  assertEquals(bytes, Array.from({ length: 200 }, (_, at) => Math.floor(at / 2)));
});

Deno.test("isFull from 256 KiB on, until enough is written", async () => {
  const { pipe, queue, told } = startQueue();
  queue.push(new Uint8Array(200 * 1024));
  assertEquals(queue.isFull, false);
  queue.push(new Uint8Array(300 * 1024));
  assertEquals(queue.isFull, true);
  await pipe.finish();
  assertEquals([queue.isFull, told], [true, []]);
  await pipe.finish();
  assertEquals([queue.isFull, told], [false, ["drain"]]);
});

Deno.test("a write that fails is told once, and nothing is written after it", async () => {
  const { pipe, queue, told } = startQueue();
  const error = new Error("broken pipe");
  queue.push(new Uint8Array(1));
  queue.push(new Uint8Array(2));
  await pipe.finish(error);
  queue.push(new Uint8Array(3));
  await pipe.finish();
  assertEquals([pipe.written, told], [[1], [error]]);
});
