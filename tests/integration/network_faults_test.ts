import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { once } from "node:events";
import { connect } from "../../lib/connection.ts";
import { endpointsOf } from "../../lib/endpoint.ts";
import { parseConfig } from "../../lib/mod.ts";
import { formatNumber } from "../../lib/terminal.ts";
import { CAN_BE_LINKED, PORT, urlBy } from "../support/broker_login.ts";
import { type Direction, type NetworkLink, networkLink } from "../support/network_link.ts";
import { until } from "../support/processes.ts";
import { start } from "../support/scripts.ts";
import { assertNothingLost } from "../support/tally.ts";
import { Traffic } from "../support/traffic.ts";

const ignore = !CAN_BE_LINKED;

/** So slow that no run is over before it is disturbed, on however fast a machine. */
const brake = (link: NetworkLink) => link.throttle({ bytesPerSecond: 50_000 });
/** How many bytes the receiver has printed when messages flow. */
const SOME = 30_000;

const HEARTBEAT = 4;
const SHORT_HEARTBEAT = ["--set", `broker.heartbeat=${HEARTBEAT}s`];

/** A sender and a receiver, and the link by which both go to the broker. */
interface Run extends AsyncDisposable {
  traffic: Traffic;
  link: NetworkLink;
}

/** Starts them, on a link that was made as bad before as it is to be from the beginning. */
async function begin(
  count: number,
  spoil: (link: NetworkLink) => void,
  args: string[] = [],
): Promise<Run> {
  await using resources = new AsyncDisposableStack();
  const dir = await Deno.makeTempDir({ prefix: "amqp-tasks-faults-" });
  resources.defer(() => Deno.remove(dir, { recursive: true }));
  const link = resources.use(await networkLink(PORT));
  spoil(link);
  const script = { url: urlBy(link), args };
  const traffic = resources.use(new Traffic({ count, dir, sender: script, receiver: script }));
  const all = resources.move();
  return { traffic, link, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const RECONNECTED = ["Lost the connection to HOST: WHY; connecting again", "Connected to HOST"];

/**
 * Fails unless both scripts have said this, and nothing else beside the usual: each line once.
 *
 * @returns What stood for WHY.
 */
function assertSaid({ traffic, link }: Run, expected: string[]): string[] {
  const { sender, receiver } = traffic;
  const reasons: string[] = [];
  const [bySender, byReceiver] = [sender, receiver].map(({ stderr }) =>
    stderr.replaceAll(`127.0.0.1:${link.port}`, "HOST").trimEnd().split("\n")
      .map((line) =>
        line.replace(/^ \[\*\] /, "").replace(/(?<=^Lost .* HOST: ).*(?=;)/, (reason) => {
          reasons.push(reason);
          return "WHY";
        })
      )
      .map((line) => line.replace(/(?<=^Sent [\d,]+ messages) in .*$/, ""))
      // On a busy machine a stop takes so long that this is said too.
      .filter((line) => !line.startsWith("Finishing what is in flight"))
  );
  assertEquals(
    bySender,
    [...expected, `Sent ${formatNumber(traffic.sent.length)} messages`],
    sender.stderr,
  );
  assertEquals(
    byReceiver,
    ["Waiting for messages. To exit press CTRL+C", ...expected],
    receiver.stderr,
  );
  return reasons;
}

Deno.test({ name: "connections that are reset cost no message", ignore }, async () => {
  await using run = await begin(5_000, brake);
  const { traffic, link } = run;
  await traffic.isUnderWay(SOME);
  link.restore();
  link.reset();
  assertNothingLost(traffic.sent, await traffic.finish());
  for (const why of assertSaid(run, RECONNECTED)) {
    assertEquals(why, "the other side cut the connection");
  }
  assertEquals(link.accepted, 4);
});

for (const direction of ["to broker", "to client"] satisfies Direction[]) {
  Deno.test({
    name: `connections that end in the middle of a frame ${direction} cost no message`,
    ignore,
  }, async () => {
    await using run = await begin(5_000, brake);
    const { traffic, link } = run;
    await traffic.isUnderWay(SOME);
    link.restore();
    link.cutMidFrame(direction);
    assertNothingLost(traffic.sent, await traffic.finish());
    for (const why of assertSaid(run, RECONNECTED)) {
      // It depends on whether it reads or writes first.
      assertMatch(why, /^the other side (closed it|cut the connection)$/);
    }
    assertEquals(link.accepted, 4);
  });
}

Deno.test({
  name:
    "a network that falls silent is given up after one and a half heartbeats, and costs no message",
  ignore,
}, async () => {
  await using run = await begin(5_000, brake, SHORT_HEARTBEAT);
  const { traffic, link } = run;
  await traffic.isUnderWay(SOME);
  link.blackhole();
  await traffic.sender.said("no sign of life");
  await traffic.receiver.said("no sign of life");
  const connectAgain = () => Promise.resolve(link.accepted >= 4);
  await until(connectAgain, { what: "both connect again, in vain" });
  link.restore();
  assertNothingLost(traffic.sent, await traffic.finish());
  for (const why of assertSaid(run, RECONNECTED)) {
    const seconds = Number(/^no sign of life for (\d+) s$/.exec(why)?.[1]);
    assert(seconds >= 1.5 * HEARTBEAT, why);
  }
  assertEquals(link.accepted, 4);
});

Deno.test(
  { name: "a connection that has fallen silent is not waited for again", ignore },
  async () => {
    await using link = await networkLink(PORT);
    const { broker } = parseConfig('broker: {url: "${AMQP_URL}", heartbeat: 1s}', {
      env: () => urlBy(link),
    });
    const [endpoint] = endpointsOf(broker);
    assert(endpoint);
    const connection = await connect(broker, endpoint, { name: "amqp-tasks test" });
    link.blackhole();
    await once(connection.lost, "abort");
    let isWaiting = false;
    const timer = setTimeout(() => isWaiting = true);
    await connection[Symbol.asyncDispose]();
    clearTimeout(timer);
    assertEquals(isWaiting, false);
  },
);

Deno.test({ name: "connecting may take longer than a heartbeat", ignore }, async () => {
  await using link = await networkLink(PORT);
  link.blackhole();
  const args = ["--set", "broker.heartbeat=1s", "--set", "broker.connect_timeout=2s"];
  await using receiver = start("receive", args, { url: urlBy(link) });
  const { code, stderr } = await receiver.ended();
  assertEquals(code, 3, stderr);
  assertStringIncludes(stderr, `Cannot connect to 127.0.0.1:${link.port}: no answer within 2 s\n`);
});

Deno.test({ name: "a slow network costs time and nothing else", ignore }, async () => {
  await using run = await begin(2_000, (link) => link.throttle({ bytesPerSecond: 200_000 }));
  const { traffic, link } = run;
  assertNothingLost(traffic.sent, await traffic.finish());
  assertSaid(run, []);
  assertEquals(link.accepted, 2);
});

Deno.test({
  name: "a network that forwards one byte at a time costs time and nothing else",
  ignore,
}, async () => {
  // These are a quarter of a million writes.
  await using run = await begin(500, (link) => link.drip());
  const { traffic, link } = run;
  assertNothingLost(traffic.sent, await traffic.finish());
  assertSaid(run, []);
  assertEquals(link.accepted, 2);
});
