import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { lookup } from "node:dns/promises";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { freePorts } from "../../lib/loopback_ports.ts";
import { BROKER, LOGIN, setBroker } from "../support/broker_login.ts";
import { testQueue } from "../support/queues.ts";
import { type Result, run } from "../support/scripts.ts";
import { type Handler, hangUpAtOnce, listen, say, serveTcp } from "../support/tcp_server.ts";

const CANARY = `c@n:a/r#y%'"1`;
const ENCODED = encodeURIComponent(CANARY);
const LEAKS = [CANARY, ENCODED, ENCODED.replace("'", "%27"), "c@n:a", "c%40n%3Aa"];

const NODE = Deno.env.get("AMQP_TEST_NODE") ?? "";

/** Runs `send`, with the canary for a password, and returns the two lines that it must print. */
async function fail(
  settings: Record<string, unknown>,
  user = "guest",
): Promise<{ error: string; cure: string }> {
  const env = { AMQP_USER: user, AMQP_PASSWORD: CANARY, AMQP_ENCODED: ENCODED };
  const result = await run("send", setBroker(settings), { url: null, env });
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

const machine = Deno.hostname();
const isLoopback = await lookup(machine).then(
  ({ address }) => /^(127\.|::1$)/.test(address) && machine !== "localhost",
  () => false,
);

for (
  const { host, cure, ignore = false } of [
    { host: "localhost", cure: "  Start a local broker: deno task broker --port" },
    { host: machine, cure: "  Check broker.host and broker.port", ignore: !isLoopback },
  ]
) {
  const which = host === "localhost" ? host : "another host";
  Deno.test({ name: `a connection refused by ${which} exits 3 with a cure`, ignore }, async () => {
    const [port] = freePorts(1);
    assertEquals(await fail({ host, port }), {
      error: `error: Cannot connect to ${host}:${port}: connection refused: nothing listens there`,
      cure: cure.replace(/--port$/, `--port ${port}`),
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
    handle: listen,
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
    handle: hangUpAtOnce,
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

for (
  const settings of [
    { host: BROKER.host },
    { url: "amqp://nobody:${AMQP_ENCODED}@" + BROKER.host },
  ]
) {
  const where = "url" in settings ? "url" : "password";
  Deno.test(`a wrong password in broker.${where} exits 3 and is not shown`, async () => {
    const { error, cure } = await fail(settings, "nobody");
    assertStringIncludes(
      error,
      `: login refused for user 'nobody': the broker says "ACCESS_REFUSED`,
    );
    assertStringIncludes(cure, "  Check broker.username and broker.password");
  });
}

Deno.test({ name: "a virtual host that cannot be used exits 3", ignore: !NODE }, async (t) => {
  const node = await attachLocalRabbitmq(NODE);
  const id = crypto.randomUUID();
  const [user, vhost] = [`user ${id}`, `vhost ${id}`];
  await node.rabbitmqctl("add_user", user, CANARY);
  await node.rabbitmqctl("add_vhost", vhost);
  try {
    await t.step("because it does not exist", async () => {
      const { error, cure } = await fail({ host: BROKER.host, vhost: "no/such" }, user);
      assertMatch(error, /^error: Cannot connect to \S+: there is no virtual host 'no\/such'$/);
      assertEquals(cure, `  Check broker.vhost (the default is "/"; in a URL a slash is %2F)`);
    });

    await t.step("because the user has no permission for it", async () => {
      const { error, cure } = await fail({ host: BROKER.host, vhost }, user);
      assertMatch(error, /: the broker says ".*access to vhost .* refused for user/);
      assertMatch(cure, /^ {2}Ask for permissions on the virtual host: rabbitmqctl set_perm/);
    });
  } finally {
    await node.rabbitmqctl("delete_user", user);
    await node.rabbitmqctl("delete_vhost", vhost);
  }
});

Deno.test("of a list of hosts the second is used when the first refuses", async () => {
  await using queue = testQueue();
  const hosts = [...freePorts(1).map((port) => `127.0.0.1:${port}`), BROKER.host];
  const { code, stderr } = await run("send", [...setBroker({ host: hosts }), ...queue.args], LOGIN);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(await queue.count(), 1);
});

Deno.test("when every host of a list refuses, each is named", async () => {
  const hosts = freePorts(3).map((port) => `localhost:${port}`);
  const result = await run("receive", setBroker({ host: hosts }), LOGIN);
  assertFailed(result);
  for (const host of hosts) {
    assertStringIncludes(result.stderr, `Cannot connect to ${host}: connection refused`);
  }
  assertStringIncludes(result.stderr, "\n  Start a local broker: deno task broker --port");
});
