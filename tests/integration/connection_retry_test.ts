import { assert, assertEquals, assertMatch } from "@std/assert";
import { freePorts } from "../../lib/loopback_ports.ts";
import { BROKER, LOGIN, PORT, setBroker } from "../support/broker_login.ts";
import { cpuTime, until } from "../support/processes.ts";
import { testQueue, withChannel } from "../support/queues.ts";
import { run, start, TEST_URL } from "../support/scripts.ts";
import { networkLink } from "../support/network_link.ts";
import { hangUpAtOnce, listen, serveTcp } from "../support/tcp_server.ts";
import { set } from "../support/topology.ts";

const isElsewhere = !["localhost", "127.0.0.1"].includes(BROKER.hostname);

Deno.test({
  name: "with broker.retry a sender waits for a broker that is not there yet",
  ignore: isElsewhere,
}, async () => {
  await using queue = testQueue();
  const [port = 0] = freePorts(1);
  const settings = setBroker({ host: `127.0.0.1:${port}`, retry: "30s" });
  await using sender = start("send", [...settings, ...queue.args, "at last"], LOGIN);
  await sender.said("[*]");
  assertMatch(sender.stderr, /^ \[\*\] Cannot connect to \S+: connection refused.*again\n$/);
  await using _proxy = await networkLink(PORT, { port });
  const { code, stdout } = await sender.ended();
  assertEquals({ code, stdout }, { code: 0, stdout: " [x] Sent 'at last'\n" });
  assertEquals(await queue.count(), 1);
});

for (
  const { name, task, handle, expected } of [
    { name: "tries again", task: "send", handle: hangUpAtOnce, expected: 4 },
    { name: "tries again", task: "receive", handle: hangUpAtOnce, expected: 0 },
    { name: "waits for a login", task: "send", handle: listen, expected: 4 },
    { name: "waits for a login", task: "receive", handle: listen, expected: 0 },
  ] as const
) {
  Deno.test(`CTRL+C ends ${task} at once while it ${name}`, async () => {
    await using server = serveTcp(handle);
    const settings = setBroker({ host: `127.0.0.1:${server.port}`, retry: "forever" });
    await using script = start(task, settings, LOGIN);
    const attempts = handle === listen ? 1 : 3;
    const tried = () => Promise.resolve(server.accepted >= attempts);
    await until(tried, { what: `${attempts} connections` });
    script.kill("SIGINT");
    const { code, stdout } = await script.ended();
    assertEquals({ code, stdout }, { code: expected, stdout: "" });
  });
}

Deno.test("broker.retry is how long it tries, no less", async () => {
  let first = 0;
  await using server = serveTcp(() => {
    first ||= performance.now();
    return Promise.resolve();
  });
  const settings = setBroker({ host: `127.0.0.1:${server.port}`, retry: "3s" });
  const { code } = await run("receive", settings, LOGIN);
  const tried = performance.now() - first;
  assertEquals(code, 3);
  assert(tried > 2_500, `it tried for ${Math.round(tried)} ms`);
});

Deno.test({
  name: "an exclusive queue is waited for while the broker still sees the lost connection",
  ignore: isElsewhere,
}, async () => {
  const name = `amqp-tasks.test.${crypto.randomUUID()}`;
  const clients: Deno.Conn[] = [];
  const lost = Promise.withResolvers<void>();
  await using proxy = serveTcp(async (client) => {
    clients.push(client);
    const isFirst = clients.length === 1;
    using broker = await Deno.connect({ hostname: "127.0.0.1", port: Number(BROKER.port || 5672) });
    const down = broker.readable.pipeTo(client.writable, { preventCancel: true });
    const up = client.readable.pipeTo(broker.writable, { preventClose: true, preventAbort: true });
    await Promise.allSettled([down, up]);
    // To the broker nothing has happened yet.
    if (isFirst) await lost.promise;
  });
  const settings = setBroker({ host: `127.0.0.1:${proxy.port}` });
  const queue = ["--set", `queue={name: ${name}, exclusive: true}`, "--count", "1"];
  await using receiver = start("receive", [...settings, ...queue], LOGIN);
  await receiver.said("Waiting for messages");
  clients[0]?.close();
  const refused = () => Promise.resolve(proxy.accepted >= 3 || receiver.hasEnded);
  await until(refused, { what: "it has been refused and tries again" });
  lost.resolve();
  await withChannel(TEST_URL, async (channel) => {
    const received = async () => {
      await channel.basicPublish("", name, "again");
      return receiver.hasEnded;
    };
    await until(received, { what: "it has received" });
  });
  const { code, stdout, stderr } = await receiver.ended();
  assertEquals({ code, stdout }, { code: 0, stdout: " [x] Received 'again'\n" }, stderr);
});

Deno.test({
  name: "while a broker stays away it is tried ever more rarely, which costs next to nothing",
  ignore: Deno.build.os !== "linux",
}, async () => {
  const attempts: number[] = [];
  await using server = serveTcp(() => {
    attempts.push(performance.now());
    return Promise.resolve();
  });
  const settings = setBroker({ host: `127.0.0.1:${server.port}`, retry: "forever" });
  await using receiver = start("receive", settings, LOGIN);
  const tried = (count: number) =>
    until(() => Promise.resolve(attempts.length >= count), { what: `${count} attempts` });
  await tried(3);
  const [cpuBefore, before] = [await cpuTime(receiver.pid), performance.now()];
  await tried(5);
  const cpu = await cpuTime(receiver.pid) - cpuBefore;
  const passed = performance.now() - before;
  assert(cpu < passed / 5, `it worked for ${cpu} of ${Math.round(passed)} ms`);
  // Together the four pauses are 1.875 s at least; this process may have noticed the first one late.
  const [first = NaN, , , , fifth = NaN] = attempts;
  assert(fifth - first > 1_000, `five attempts in ${Math.round(fifth - first)} ms`);
});

const REFUSALS = [
  {
    what: "a wrong password",
    broker: { username: "nobody" },
    code: 3,
    error: /login refused for user 'nobody'/,
  },
  {
    what: "a virtual host that does not exist (530)",
    broker: { vhost: "no such" },
    code: 3,
    error: /there is no virtual host 'no such'/,
  },
  {
    what: "a name that is the broker's own (403)",
    settings: { exchange: { name: "amq.mine" } },
    code: 5,
    error: /The broker refused: "ACCESS_REFUSED/,
  },
  {
    what: "an unknown exchange type (503)",
    settings: { exchange: { name: "unused", type: "topik" } },
    code: 5,
    error: /The broker refused: "COMMAND_INVALID/,
  },
];

for (const { what, broker = {}, settings = {}, code, error } of REFUSALS) {
  Deno.test({
    name: `${what} ends a run at once: no other host is tried, although broker.retry is forever`,
    ignore: isElsewhere,
  }, async () => {
    await using queue = testQueue();
    for (const task of ["send", "receive"] as const) {
      await using first = await networkLink(PORT);
      await using second = await networkLink(PORT);
      const host = [first, second].map(({ port }) => `127.0.0.1:${port}`);
      const args = [...setBroker({ host, retry: "forever", ...broker }), ...set(settings)];
      const result = await run(task, [...queue.args, ...args], LOGIN);
      assertEquals({ code: result.code, stdout: result.stdout }, { code, stdout: "" });
      assertMatch(result.stderr, error);
      assertEquals([first.accepted, second.accepted], [1, 0], result.stderr);
    }
  });
}
