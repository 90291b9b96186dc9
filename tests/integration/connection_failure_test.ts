import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { lookup } from "node:dns/promises";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { freePorts } from "../../lib/loopback_ports.ts";
import { testQueue } from "../support/queues.ts";
import { type Result, run, start, TEST_URL } from "../support/scripts.ts";
import { type Handler, hangUp, proxyTcp, say, serveTcp } from "../support/tcp_proxy.ts";

const CANARY = `c@n:a/r#y%'"1`;
const ENCODED = encodeURIComponent(CANARY);
const LEAKS = [CANARY, ENCODED, ENCODED.replace("'", "%27"), "c@n:a", "c%40n%3Aa"];

const BROKER = new URL(TEST_URL);
const BROKER_PORT = Number(BROKER.port || 5672);
const NODE = Deno.env.get("AMQP_TEST_NODE") ?? "";
const isElsewhere = !["localhost", "127.0.0.1"].includes(BROKER.hostname);

/** Runs `send`, with the canary for a password, and returns the two lines that it must print. */
async function fail(settings: Record<string, unknown>): Promise<{ error: string; cure: string }> {
  const password = settings.url ? [] : ["--set", 'broker.password="${AMQP_PASSWORD}"'];
  const set = Object.entries(settings).flatMap(([key, value]) => [
    "--set",
    `broker.${key}=${JSON.stringify(value)}`,
  ]);
  const env = { AMQP_PASSWORD: CANARY, AMQP_ENCODED: ENCODED };
  const result = await run("send", [...set, ...password], { url: null, env });
  assertFailed(result);
  const [error = "", cure = "", ...others] = result.stderr.trimEnd().split("\n");
  assertEquals(others, [], result.stderr);
  return { error, cure };
}

function assertFailed({ code, stdout, stderr }: Result): void {
  assertEquals({ code, stdout }, { code: 3, stdout: "" }, stderr);
  assertMatch(stderr, /^error: /);
  assert(!/^ {4}at /m.test(stderr), stderr);
  for (const secret of LEAKS) assert(!stderr.includes(secret), stderr);
}

function freePort(): number {
  const [port = 0] = freePorts(1);
  return port;
}

const machine = Deno.hostname();
const isLoopback = await lookup(machine).then(
  ({ address }) => /^(127\.|::1$)/.test(address) && machine !== "localhost",
  () => false,
);

for (
  const { host, cure, ignore = false } of [
    { host: "localhost", cure: "  Start a local broker: deno task broker" },
    { host: machine, cure: "  Check broker.host and broker.port", ignore: !isLoopback },
  ]
) {
  const which = host === "localhost" ? host : "another host";
  Deno.test({ name: `a connection refused by ${which} exits 3 with a cure`, ignore }, async () => {
    const port = freePort();
    assertEquals(await fail({ host, port }), {
      error: `error: Cannot connect to ${host}:${port}: connection refused: nothing listens there`,
      cure,
    });
  });
}

Deno.test("a host that does not exist exits 3", async () => {
  const { error, cure } = await fail({ host: "no-such-host.invalid" });
  assertMatch(error, /^error: Cannot connect to no-such-host\.invalid:5672: no such host\b/);
  assertMatch(cure, /^ {2}Check .*broker\.host$/);
});

const NOT_AMQP: { name: string; handle: Handler; error: string | RegExp; cure: string }[] = [
  {
    name: "never answers",
    handle: hangUp,
    error: "no answer within 0.3 s",
    cure:
      "Check broker.host and broker.port, and firewalls on the way; broker.connect_timeout is the limit",
  },
  {
    name: "speaks HTTP",
    handle: say("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
    error: "the port speaks HTTP, not AMQP",
    cure: "AMQP's port is mostly 5672 (TLS: 5671); 15672 is RabbitMQ's management page",
  },
  {
    name: "speaks first, like SSH",
    handle: say("SSH-2.0-OpenSSH_9.2p1\r\n"),
    error: "the port does not speak AMQP; it said 'SSH-2.0-OpenSSH_9.2p'",
    cure: "Check broker.port",
  },
  {
    name: "sends bytes that would drive a terminal",
    handle: say(Uint8Array.of(0xff, 0x1b, 0x5b, 0x32, 0x4a, 0x0a, 0x00)),
    error: "the port does not speak AMQP; it said '\\xff\\x1b[2J\\n\\x00'",
    cure: "Check broker.port",
  },
  {
    name: "closes at once",
    handle: () => Promise.resolve(),
    error: /the other side c(los|ut)/,
    cure: "Check that the port speaks AMQP 0-9-1",
  },
  {
    name: "speaks AMQP 1.0 only",
    handle: say("AMQP\0\x01\0\0"),
    error: "it speaks another version of AMQP than 0-9-1",
    cure: "Check broker.port",
  },
  {
    name: "cuts its first frame short",
    handle: async (connection) => {
      await connection.write(Uint8Array.of(1, 0, 0, 0, 0, 1, 0, 0, 10, 0, 10, 0, 9));
      await connection.read(new Uint8Array(8));
    },
    error: /the other side c(los|ut)/,
    cure: "Check that the port speaks AMQP 0-9-1",
  },
  {
    name: "sends a frame without its end",
    handle: say(Uint8Array.of(1, 0, 0, 0, 0, 0, 4, 0, 10, 0, 10, 0)),
    error: "it sent bytes that are not AMQP 0-9-1",
    cure: "Check that the port speaks AMQP 0-9-1",
  },
  {
    name: "sends a method that does not exist",
    handle: say(Uint8Array.of(1, 0, 0, 0, 0, 0, 4, 255, 255, 255, 255, 0xce)),
    error: /no answer within 0.3 s|not AMQP/,
    cure: "Check ",
  },
];

for (const { name, handle, error: expected, cure: expectedCure } of NOT_AMQP) {
  Deno.test(`a port that ${name} exits 3 and says so`, async () => {
    await using server = serveTcp(handle);
    const host = `127.0.0.1:${server.port}`;
    const { error, cure } = await fail({ host, connect_timeout: "300ms" });
    const [, why = ""] = error.split(`error: Cannot connect to ${host}: `);
    if (typeof expected === "string") assertEquals(why, expected, error);
    else assertMatch(why, expected, error);
    assertStringIncludes(cure, `  ${expectedCure}`);
  });
}

for (const form of ["password", "url"] as const) {
  Deno.test(`a wrong password in broker.${form} exits 3 and is not shown`, async () => {
    const { error, cure } = await fail(
      form === "url"
        ? { url: "amqp://guest:${AMQP_ENCODED}@" + BROKER.host }
        : { host: BROKER.host },
    );
    assertStringIncludes(
      error,
      `: login refused for user 'guest': the broker says 'ACCESS_REFUSED`,
    );
    assertStringIncludes(cure, "  Check broker.username and broker.password");
  });
}

Deno.test("a virtual host that does not exist exits 3", async () => {
  const [error, cure] = await loginFailure("no/such");
  assertMatch(error, /^error: Cannot connect to \S+: there is no virtual host 'no\/such'$/);
  assertEquals(cure, `  Check broker.vhost (the default is "/"; in a URL a slash is %2F)`);
});

Deno.test({
  name: "a virtual host without permission exits 3 and says how to get it",
  ignore: !NODE,
}, async () => {
  const node = await attachLocalRabbitmq(NODE);
  const id = crypto.randomUUID();
  const [vhost, user] = [`vhost ${id}`, `user ${id}`];
  await node.rabbitmqctl("add_vhost", vhost);
  try {
    await node.rabbitmqctl("add_user", user, CANARY);
    const [error, cure] = await loginFailure(vhost, user, CANARY);
    assertMatch(error, /: the broker says '.*access to vhost .* refused for user/);
    assertMatch(cure, /^ {2}Ask for permissions on the virtual host: rabbitmqctl set_permissions/);
  } finally {
    await node.rabbitmqctl("delete_user", user);
    await node.rabbitmqctl("delete_vhost", vhost);
  }
});

async function loginFailure(
  vhost: string,
  username = decodeURIComponent(BROKER.username),
  password = decodeURIComponent(BROKER.password),
): Promise<[error: string, cure: string]> {
  const login = { host: BROKER.host, vhost, username, password: "${AMQP_PASSWORD}" };
  const args = ["--set", `broker=${JSON.stringify(login)}`];
  const result = await run("send", args, { url: null, env: { AMQP_PASSWORD: password } });
  assertFailed(result);
  const [error = "", cure = "", ...others] = result.stderr.trimEnd().split("\n");
  assertEquals(others, [], result.stderr);
  return [error, cure];
}

Deno.test("of a list of hosts the second is used when the first refuses", async () => {
  await using queue = testQueue();
  const hosts = [`127.0.0.1:${freePort()}`, BROKER.host];
  const { code, stderr } = await run("send", [...broker({ host: hosts }), ...queue.args], LOGIN);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(await queue.count(), 1);
});

Deno.test("when every host of a list refuses, each is named", async () => {
  const hosts = freePorts(3).map((port) => `localhost:${port}`);
  const result = await run("receive", broker({ host: hosts }), LOGIN);
  assertFailed(result);
  const refusals = hosts.map((host) => `Cannot connect to ${host}: connection refused`);
  for (const refusal of refusals) assertStringIncludes(result.stderr, refusal);
  assertStringIncludes(result.stderr, "\n  Start a local broker: deno task broker\n");
});

Deno.test({
  name: "with broker.retry a sender waits for a broker that is not there yet",
  ignore: isElsewhere,
}, async () => {
  await using queue = testQueue();
  const port = freePort();
  const settings = broker({ host: `127.0.0.1:${port}`, retry: "30s" });
  await using sender = start("send", [...settings, ...queue.args, "at last"], LOGIN);
  await sender.said("connection refused");
  await using _proxy = proxyTcp(BROKER_PORT, { port });
  const { code, stdout } = await sender.ended();
  assertEquals({ code, stdout }, { code: 0, stdout: " [x] Sent 'at last'\n" });
  assertEquals(await queue.count(), 1);
});

for (const task of ["send", "receive"] as const) {
  Deno.test(`CTRL+C ends ${task} at once while it tries to connect again`, async () => {
    const settings = broker({ host: `127.0.0.1:${freePort()}`, retry: "forever" });
    await using script = start(task, settings, LOGIN);
    await script.said("connection refused");
    const stopped = performance.now();
    script.kill("SIGINT");
    const { code, stdout } = await script.ended();
    assert(performance.now() - stopped < 2_000);
    assertEquals({ code, stdout }, { code: task === "send" ? 4 : 0, stdout: "" });
  });
}

const LOGIN = { url: null, env: { AMQP_PASSWORD: decodeURIComponent(BROKER.password) } };

/** `--set broker=…` with the login of the broker under test. */
function broker(settings: Record<string, unknown>): string[] {
  const username = decodeURIComponent(BROKER.username);
  const all = { username, password: "${AMQP_PASSWORD}", ...settings };
  return ["--set", `broker=${JSON.stringify(all)}`];
}
