import { assert, assertEquals } from "@std/assert";
import { Client } from "../../lib/client.ts";
import type { DeliveredMessage } from "../../lib/client_types.ts";
import { Confirms } from "../../lib/confirms.ts";
import { explainClosed, explainFirstBytes } from "../../lib/connection_failure.ts";
import type { Session } from "../../lib/declare_then_act.ts";
import { Endpoint } from "../../lib/endpoint.ts";
import { ConnectionError } from "../../lib/errors.ts";
import { toJsonLine } from "../../lib/message_json.ts";
import { FakeBroker } from "../support/fake_broker.ts";
import { long, method, SAYS, short } from "../support/frame_builder.ts";
import { playTrick, TRICK_NAMES } from "../support/hostile_frames.ts";
import { heldMemory, watchPeak } from "../support/memory.ts";
import { MemoryStream } from "../support/memory_stream.ts";
import { Random, testSeed } from "../support/random.ts";

/** How often each trick is played. */
const ROUNDS = 280;
/** How many frames the broker says in good order: one of them is replaced. */
const FRAMES = 20;
/** How many connections are open at a time. */
const AT_ONCE = 50;

/** How long a case may take before it counts as one that hangs, in ms. */
const PATIENCE = 60_000;
const HUNG = "hung";
/** How much more memory may be held when all is done, in MiB. */
const MOST_HELD = 16;
/** How much more may be used on the way, in MiB, with garbage. */
const MOST_USED = 1_024;

const ENDPOINT = new Endpoint("rabbit", 5672);
const LOGIN = { username: "u", password: "p", vhost: "/", tls: false };
const MESSAGE = {
  exchange: "",
  routingKey: "q",
  properties: { messageId: "m" },
  body: new Uint8Array(3),
};

function clientOn(stream: MemoryStream): Client {
  return new Client(stream, {
    login: LOGIN,
    name: "test",
    heartbeat: 0,
    judge: (first) => explainFirstBytes(first, ENDPOINT),
  });
}

/** A stream that is read when the connection ends waits for a turn of the event loop more. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Logs in, publishes, and consumes; returns how many messages came. */
async function useBroker(stream: MemoryStream): Promise<number> {
  const client = clientOn(stream);
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => {});
  client.onEnd = (failure) => ended.reject(explainClosed(failure, ENDPOINT));
  const act = async () => {
    await client.connect();
    if (client.failure) throw explainClosed(client.failure, ENDPOINT);
    const channel = client.openChannel();
    await Promise.all([channel.queueDeclare("q"), channel.confirmSelect()]);
    const confirms = new Confirms({ channel, getsOn: () => {} } as unknown as Session, true);
    await Promise.all([1, 2, 3].map(() => confirms.publishOne(MESSAGE)));
    const lines: string[] = [];
    const done = Promise.withResolvers<void>();
    const onMessage = (message: DeliveredMessage) => {
      lines.push(toJsonLine(message));
      if (lines.length === 3) done.resolve();
    };
    await Promise.all([
      channel.basicQos(3),
      channel.basicConsume("q", { tag: "c", noAck: false }, onMessage),
    ]);
    await done.promise;
    await channel.basicAck(3, true);
    const closed = Promise.withResolvers<void>();
    client.onEnd = () => closed.resolve();
    await Promise.race([client.close(), closed.promise]);
    return lines.length;
  };
  try {
    return await Promise.race([act(), ended.promise]);
  } finally {
    client.end(new Error("closed"));
  }
}

Deno.test("a Client gets along with the fake broker of these tests", async () => {
  assertEquals(await useBroker(new MemoryStream(new FakeBroker())), 3);
  assertEquals(await useBroker(new MemoryStream(new FakeBroker(), 1)), 3);
  await nextTurn();
});

Deno.test("a Client knows nothing of a broker that describes itself wrongly", async () => {
  // Of the long string that is its product there is less than it says.
  const table = long([...short("product"), 83, 0, 0, 0, 9, 97]);
  const start = method(0, SAYS.start, [0, 9, ...table, ...long("PLAIN"), ...long("en_US")]);
  const broker = new FakeBroker(({ frame }, number) => ({ bytes: number === 0 ? start : frame }));
  const client = clientOn(new MemoryStream(broker));
  await client.connect();
  assertEquals(client.serverProperties, {});
  client.end("closed");
  await nextTurn();
});

Deno.test("a Client ends with one error, or none, whatever a broker says", async () => {
  const seed = testSeed();
  const unhandled: unknown[] = [];
  const onUnhandled = (event: PromiseRejectionEvent | ErrorEvent) => {
    event.preventDefault();
    unhandled.push("reason" in event ? event.reason : event.error);
  };
  globalThis.addEventListener("unhandledrejection", onUnhandled);
  globalThis.addEventListener("error", onUnhandled);
  const wrong: string[] = [];
  let told = 0;
  let hung = 0;
  const cases = TRICK_NAMES.flatMap((name) => Array.from({ length: ROUNDS }, () => name)).entries();
  const work = async () => {
    for (const [number, name] of cases) {
      const random = new Random(seed, number);
      const broker = new FakeBroker(playTrick(name, random.below(FRAMES), random));
      const stream = new MemoryStream(broker, random.chance(0.2) ? 1 + random.below(9) : Infinity);
      let timer: ReturnType<typeof setTimeout> | undefined;
      try {
        const patience = new Promise((resolve) => timer = setTimeout(resolve, PATIENCE, HUNG));
        if (await Promise.race([useBroker(stream), patience]) !== HUNG) continue;
        hung++;
        wrong.push(`${name} (case ${number}) hangs`);
      } catch (error) {
        told++;
        const isTold = error instanceof ConnectionError && error.message ||
          // That the channel was closed is told on, with the reason, by others.
          error instanceof Error &&
            /^(channel \d+ closed|Message rejected|Connection closed)/.test(error.message);
        if (!isTold) wrong.push(`${name} (case ${number}): ${error}`);
      } finally {
        clearTimeout(timer);
      }
    }
  };
  const [before, usedMore] = [heldMemory(), await watchPeak()];
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await nextTurn();
  globalThis.removeEventListener("unhandledrejection", onUnhandled);
  globalThis.removeEventListener("error", onUnhandled);
  const tried = TRICK_NAMES.length * ROUNDS;
  const [grown, peak] = [heldMemory() - before, await usedMore()];
  // deno-lint-ignore no-console -- what was done
  console.log(
    `${tried} bad inputs tried, ${told} errors told, ${hung} hung; ${
      grown.toFixed(1)
    } MiB more held, ${peak.toFixed(0)} used`,
  );
  assertEquals(wrong, []);
  assertEquals(unhandled, []);
  assert(tried >= 10_000);
  assert(grown < MOST_HELD, `${grown} MiB more are held`);
  assert(peak < MOST_USED, `${peak} MiB more were used`);
});
