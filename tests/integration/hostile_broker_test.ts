import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseConfig } from "../../lib/config.ts";
import type { DeliveredMessage } from "../../lib/client_types.ts";
import { consume } from "../../lib/consume.ts";
import { AmqpTasksError } from "../../lib/errors.ts";
import { createMessage } from "../../lib/message.ts";
import { toJsonLine } from "../../lib/message_json.ts";
import { publish } from "../../lib/publish.ts";
import { escapeText } from "../../lib/terminal.ts";
import { FakeBroker } from "../support/fake_broker.ts";
import { playTrick, TRICK_NAMES } from "../support/hostile_frames.ts";
import { heldMemory, watchPeak } from "../support/memory.ts";
import { Random, testSeed } from "../support/random.ts";
import { run } from "../support/scripts.ts";
import { type Handler, serveTcp } from "../support/tcp_server.ts";

/** How often each trick is played on the library, over a socket. */
const ROUNDS = 40;
/** How many frames are said in good order until all is done: one of them is replaced. */
const FRAMES = 18;
/** How many connections are open at a time. */
const AT_ONCE = 16;
/** How long a broker that has played its trick says nothing before it hangs up, in ms. */
const SILENCE = 30;
/** How long a case may take before it counts as one that hangs, in ms. */
const PATIENCE = 60_000;
/** How much more memory may be held when all is done, in MiB. */
const MOST_HELD = 16;
/** How much more may be used on the way, in MiB. */
const MOST_USED = 1_024;
/** How many runs of the real scripts. */
const RUNS = 30;

/** `broker.connect_timeout` runs on when there is a connection: it keeps nothing alive. */
const LEAVES_TIMERS = { sanitizeOps: false, sanitizeResources: false };

/** A broker that plays a trick in place of frame number `at`; `most`: how many bytes it says at once. */
interface Trickster {
  broker: FakeBroker;
  at: number;
  most: number;
}

/** Serves one connection after the other. A broker that has played its trick hangs up in the end. */
function serve(next: () => Trickster): Handler {
  return async (connection) => {
    const { broker, at, most } = next();
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const reading = connection.read(buffer);
      reading.catch(() => {});
      const count = broker.said > at ? await withinSilence(reading) : await reading;
      if (count === null) return;
      const answer = Uint8Array.from(broker.receive(buffer.subarray(0, count)));
      for (let from = 0; from < answer.length; from += most) {
        const piece = answer.subarray(from, from + most);
        for (let sent = 0; sent < piece.length;) {
          sent += await connection.write(piece.subarray(sent));
        }
      }
      if (broker.isOver) return;
    }
  };
}

async function withinSilence(reading: Promise<number | null>): Promise<number | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<null>((resolve) => timer = setTimeout(resolve, SILENCE, null));
  try {
    return await Promise.race([reading, silence]);
  } finally {
    clearTimeout(timer);
  }
}

const configOf = (port: number) =>
  parseConfig(`
broker: {host: 127.0.0.1, port: ${port}, connect_timeout: 5s, retry: 1ms}
exchange: {name: e}
queue: {name: q, bindings: [{routing_key: k}]}
message: {payload: hello}
`);

/** Sends or receives three messages. */
async function act(kind: "send" | "receive", port: number): Promise<void> {
  const config = configOf(port);
  if (kind === "send") {
    await publish(config, [1, 2, 3].map(() => createMessage(config)));
  } else {
    const handle = (messages: DeliveredMessage[]) => {
      messages.forEach(toJsonLine);
      return Promise.resolve({ done: messages.length });
    };
    await consume(config, handle, { count: 3 });
  }
}

Deno.test(
  "the fake broker of these tests is as good as any while it plays no trick",
  LEAVES_TIMERS,
  async () => {
    await using server = serveTcp(
      serve(() => ({ broker: new FakeBroker(), at: Infinity, most: 7 })),
    );
    await act("send", server.port);
    await act("receive", server.port);
  },
);

Deno.test(
  "publish() and consume() end with one error, or none, whatever a broker says",
  LEAVES_TIMERS,
  async () => {
    const seed = testSeed();
    const unhandled: unknown[] = [];
    const onUnhandled = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      unhandled.push(event.reason);
    };
    globalThis.addEventListener("unhandledrejection", onUnhandled);
    const wrong: string[] = [];
    let told = 0;
    let hung = 0;
    const cases = TRICK_NAMES.flatMap((name) => Array.from({ length: ROUNDS }, () => name))
      .entries();
    const tryCase = async (number: number, name: string) => {
      const random = new Random(seed, number);
      const at = random.below(FRAMES);
      const most = random.chance(0.1) ? 1 : 65_536;
      const next = () => ({ broker: new FakeBroker(playTrick(name, at, random)), at, most });
      await using server = serveTcp(serve(next));
      const kind = random.pick(["send", "receive"] as const);
      let timer: ReturnType<typeof setTimeout> | undefined;
      const patience = new Promise<"hung">((resolve) => {
        timer = setTimeout(resolve, PATIENCE, "hung");
      });
      try {
        if (await Promise.race([act(kind, server.port), patience]) !== "hung") return;
        hung++;
        wrong.push(`${name} (case ${number}, ${kind}, frame ${at}) hangs`);
      } catch (error) {
        told++;
        const isTold = error instanceof AmqpTasksError && [3, 4, 5].includes(error.exitCode) &&
          error.message.split("\n").every((line) => /\S$/.test(line) && escapeText(line) === line);
        if (!isTold) wrong.push(`${name} (case ${number}, ${kind}, frame ${at}): ${error}`);
      } finally {
        clearTimeout(timer);
      }
    };
    const work = async () => {
      for (const [number, name] of cases) await tryCase(number, name);
    };
    const [before, usedMore] = [heldMemory(), await watchPeak()];
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    globalThis.removeEventListener("unhandledrejection", onUnhandled);
    const [grown, peak] = [heldMemory() - before, await usedMore()];
    const tried = TRICK_NAMES.length * ROUNDS;
    // deno-lint-ignore no-console -- what was done
    console.log(
      `${tried} bad inputs tried, ${told} errors told, ${hung} hung; ${
        grown.toFixed(1)
      } MiB more held, ${peak.toFixed(0)} used`,
    );
    assertEquals(wrong, []);
    assertEquals(unhandled, []);
    assert(grown < MOST_HELD, `${grown} MiB more are held`);
    assert(peak < MOST_USED, `${peak} MiB more were used`);
  },
);

Deno.test(
  "the scripts end with one error, or none, whatever a broker says",
  LEAVES_TIMERS,
  async () => {
    const seed = testSeed();
    const tryRun = async (number: number) => {
      const random = new Random(seed, number);
      const name = random.pick(TRICK_NAMES);
      const at = random.below(FRAMES);
      const what = `${name} (seed ${seed}, run ${number}, frame ${at})`;
      const next = () => ({
        broker: new FakeBroker(playTrick(name, at, random)),
        at,
        most: 65_536,
      });
      await using server = serveTcp(serve(next));
      const args = random.chance(0.5)
        ? ["send", "--quiet", "hello"] as const
        : ["receive", "--quiet", "--count", "3"] as const;
      const [task, ...others] = args;
      const broker = `broker={host: 127.0.0.1, port: ${server.port}, retry: 1ms}`;
      const { code, stderr } = await run(task, [...others, "--set", broker], { url: null });
      assert([0, 3, 4, 5].includes(code), `${what}: ${code} ${stderr}`);
      const errors = stderr.split("\n").filter((line) => line.startsWith("error: "));
      assertEquals(errors.length, code === 0 ? 0 : 1, `${what}: ${stderr}`);
      assertEquals(/^ {4}at |unexpected/m.test(stderr), false, `${what}: ${stderr}`);
      if (code === 0) assertMatch(stderr, /^$/, what);
    };
    const numbers = Array.from({ length: RUNS }).keys();
    const work = async () => {
      for (const number of numbers) await tryRun(number);
    };
    await Promise.all([work(), work()]);
  },
);
