import { assert, assertEquals } from "@std/assert";
import { freePorts } from "../../lib/loopback_ports.ts";
import { type Direction, type NetworkLink, networkLink } from "../support/network_link.ts";
import { until } from "../support/processes.ts";
import { serveTcp } from "../support/tcp_server.ts";

const PROTOCOL_HEADER = "AMQP\0\0\x09\x01";
/** The frame of a body of 100 bytes. */
const FRAME = `\x03\0\x01\0\0\0\x64${"x".repeat(100)}\xce`;

/** One end of a connection, which keeps what comes; in its texts a character is a byte. */
class End implements AsyncDisposable {
  text = "";
  /** In how many reads that came. */
  reads = 0;
  /** How it has ended, if it has: "closed", or the name of an error. */
  ending: string | undefined;
  readonly ended: Promise<void>;
  readonly #connection: Deno.Conn;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
    this.ended = this.#read();
  }

  async #read(): Promise<void> {
    try {
      for await (const bytes of this.#connection.readable) {
        this.text += new TextDecoder("latin1").decode(bytes);
        this.reads++;
      }
      this.ending = "closed";
    } catch (error) {
      this.ending = error instanceof Error ? error.name : String(error);
    }
  }

  async say(text: string): Promise<void> {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#connection.write(bytes.subarray(sent));
    }
  }

  async heard(text: string): Promise<void> {
    await until(() => Promise.resolve(this.text === text), { what: `${text.length} bytes came` });
  }

  /** Waits for its end, and says how it was. */
  async isOver(): Promise<string | undefined> {
    await until(() => Promise.resolve(this.ending !== undefined), { what: "it has ended" });
    return this.ending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#connection.close();
    } catch {
      // The other side did.
    }
    await this.ended;
  }
}

interface Connection extends AsyncDisposable {
  client: End;
  broker: End;
  link: NetworkLink;
  /** How many connections have reached the broker. */
  reached(): number;
}

/** A connection through a link, with both ends in the hands of the test. */
async function connectByLink(): Promise<Connection> {
  await using stack = new AsyncDisposableStack();
  const accepted = Promise.withResolvers<End>();
  const server = stack.use(serveTcp((connection) => {
    const end = new End(connection);
    accepted.resolve(end);
    return end.ended;
  }));
  const link = stack.use(await networkLink(server.port));
  const client = stack.use(await dial(link.port));
  const broker = await accepted.promise;
  const all = stack.move();
  return {
    client,
    broker,
    link,
    reached: () => server.accepted,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function dial(port: number): Promise<End> {
  return new End(await Deno.connect({ hostname: "127.0.0.1", port }));
}

Deno.test("a link forwards what both sides say, and that one has closed", async () => {
  await using connection = await connectByLink();
  const { client, broker, link } = connection;
  await client.say("question");
  await broker.heard("question");
  await broker.say("answer");
  await client.heard("answer");
  await client[Symbol.asyncDispose]();
  assertEquals(await broker.isOver(), "closed");
  assertEquals(link.accepted, 1);
});

Deno.test("a link forwards megabytes both ways at once, unchanged", async () => {
  await using connection = await connectByLink();
  const { client, broker } = connection;
  const long = Array.from({ length: 500_000 }, (_, number) => number).join(" ");
  await Promise.all([client.say(long), broker.say(long)]);
  await client.heard(long);
  await broker.heard(long);
});

Deno.test("who connects by a link to nowhere is reset", async () => {
  const [nowhere = 0] = freePorts(1);
  await using link = await networkLink(nowhere);
  await using client = await dial(link.port);
  assertEquals(await client.isOver(), "ConnectionReset");
});

Deno.test("reset() is a TCP reset for both sides", async () => {
  await using connection = await connectByLink();
  const { client, broker, link } = connection;
  link.reset();
  assertEquals(await client.isOver(), "ConnectionReset");
  assertEquals(await broker.isOver(), "ConnectionReset");
});

for (const direction of ["to broker", "to client"] satisfies Direction[]) {
  Deno.test(`cutMidFrame("${direction}") closes within a frame, after half of what comes`, async () => {
    await using connection = await connectByLink();
    const { client, broker, link } = connection;
    await client.say(PROTOCOL_HEADER);
    await broker.heard(PROTOCOL_HEADER);
    const [from, to] = direction === "to broker" ? [client, broker] : [broker, client];
    const before = to.text;
    await from.say(FRAME);
    await to.heard(before + FRAME);
    link.cutMidFrame(direction);
    await from.say(FRAME.repeat(3));
    assertEquals([await to.isOver(), await from.isOver()], ["closed", "closed"]);
    assertEquals(to.text, before + FRAME.repeat(4).slice(0, 2.5 * FRAME.length));
  });
}

Deno.test("what restore() comes before is not cut", async () => {
  await using connection = await connectByLink();
  const { client, broker, link } = connection;
  link.cutMidFrame("to client");
  link.restore();
  await broker.say(FRAME);
  await client.heard(FRAME);
  await client.say("still here");
  await broker.heard("still here");
});

Deno.test("drip() forwards one byte after the other", async () => {
  await using connection = await connectByLink();
  const { client, broker, link } = connection;
  const text = "x".repeat(2_000);
  link.drip();
  await client.say(text);
  await broker.heard(text);
  // One write would be one read; of these many are read together, as all is in one process.
  assert(broker.reads > 10, `it came in ${broker.reads} reads`);
});

Deno.test("throttle() forwards no more than so many bytes a second", async () => {
  await using connection = await connectByLink();
  const { client, broker, link } = connection;
  link.throttle({ bytesPerSecond: 10_000 });
  const started = performance.now();
  await client.say("x".repeat(5_000));
  await broker.heard("x".repeat(5_000));
  // The last piece need not be waited for.
  assert(performance.now() - started > 400);
});

/** Waits until anything that passes a link would have come by now: a connection, and what it says. */
async function otherLinksHavePassed(): Promise<void> {
  await using connection = await connectByLink();
  await connection.client.say("question");
  await connection.broker.heard("question");
  await connection.broker.say("answer");
  await connection.client.heard("answer");
}

Deno.test("blackhole() holds back what both sides say, and new connections, until restore()", async () => {
  await using connection = await connectByLink();
  const { client, broker, link, reached } = connection;
  link.blackhole();
  await client.say("question");
  await broker.say("answer");
  await using other = await dial(link.port);
  await otherLinksHavePassed();
  assertEquals([client.text, broker.text, other.ending, reached()], ["", "", undefined, 1]);
  link.restore();
  await broker.heard("question");
  await client.heard("answer");
  await until(() => Promise.resolve(reached() === 2), { what: "the other has reached the broker" });
  assertEquals(link.accepted, 2);
});

Deno.test("a link takes no more than it can pass on", async () => {
  await using connection = await connectByLink();
  const { client, link } = connection;
  link.blackhole();
  const [megabyte, enough] = ["x".repeat(1_000_000), 100];
  let taken = 0;
  const talk = async () => {
    for (; taken < enough; taken++) await client.say(megabyte);
  };
  const talking = talk().catch(() => "it was cut off");
  let before: number;
  do {
    before = taken;
    await otherLinksHavePassed();
  } while (taken > before);
  assert(taken < enough, `it has taken ${taken} MB`);
  await client[Symbol.asyncDispose]();
  await talking;
});

Deno.test("blackhole() holds back that a side has closed", async () => {
  await using connection = await connectByLink();
  const { client, broker, link } = connection;
  link.blackhole();
  await client[Symbol.asyncDispose]();
  await otherLinksHavePassed();
  assertEquals(broker.ending, undefined);
  link.restore();
  assertEquals(await broker.isOver(), "closed");
});

Deno.test("a link that is disposed of closes what it holds back", async () => {
  await using connection = await connectByLink();
  const { client, broker, link } = connection;
  link.blackhole();
  await client.say("question");
  await using other = await dial(link.port);
  await until(() => Promise.resolve(link.accepted === 2), { what: "the other is accepted" });
  await link[Symbol.asyncDispose]();
  for (const end of [client, broker, other]) await end.isOver();
  assertEquals(broker.text, "");
});
