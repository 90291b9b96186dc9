import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { freePorts } from "../../lib/loopback_ports.ts";
import { BROKER, LOGIN, setBroker } from "../support/broker_login.ts";
import { diagnose } from "../support/doctor.ts";
import { NODE, raiseAlarm } from "../support/node_settings.ts";
import { testQueue } from "../support/queues.ts";
import { run } from "../support/scripts.ts";
import { hangUpAtOnce, listen, say, serveTcp } from "../support/tcp_server.ts";

/** Sets a queue that nobody declares. */
const NO_QUEUE = ["--set", `queue.name=amqp-tasks.test.${crypto.randomUUID()}`];

Deno.test("doctor finds nothing broken where nothing is, and shows each check", async () => {
  await using queue = testQueue();
  await queue.fill(["one", "two"]);
  const { code, stdout, stderr } = await run("doctor", queue.args);
  assertEquals({ code, stderr }, { code: 0, stderr: "" }, stdout);
  const shown = [
    /^config\.yaml$/,
    /^ {2}✓ file {9}/,
    /^ {2}✓ YAML {9}/,
    /^ {2}✓ --set {8}2 in use$/,
    /^ {2}✓ variables {4}AMQP_URL is set$/,
    /^ {2}✓ keys {9}/,
    /^\S+:\d+$/,
    /^ {2}[✓–] DNS {10}/,
    /^ {2}✓ TCP {10}open, in \d/,
    /^ {2}– TLS {10}not used$/,
    /^ {2}✓ broker {7}RabbitMQ \d+\.\d+\.\d+/,
    /^ {2}✓ login {8}as user '/,
    /^ {2}✓ vhost {8}'/,
    /^ {2}✓ heartbeats {3}every 10 s/,
    /^ {2}– exchange {5}none in the config/,
    /^ {2}✓ queue {8}'amqp-tasks\.test\.\S+' is as the config says; messages: 2, consumers: 0$/,
    /^ {2}✓ alarms {7}none$/,
    /^ {2}✓ permissions {2}the user may configure, write, read$/,
    /^ {2}✓ confirms {5}a message is confirmed in \d/,
    /^ {2}✓ round trip {3}by an exclusive queue, in \d/,
    /^Nothing is broken$/,
  ];
  const lines = stdout.trimEnd().split("\n");
  assertEquals(lines.length, shown.length, stdout);
  for (const [at, pattern] of shown.entries()) assertMatch(lines[at] ?? "", pattern);
  assertEquals(await queue.count(), 2);
});

Deno.test("doctor says no more than it may: no value of a variable, no password", async () => {
  const secret = `c@n:a/r#y%'"1`;
  const env = { ...LOGIN.env, AMQP_SECRET: secret };
  const settings = { host: BROKER.host, password: "${AMQP_SECRET}" };
  for (const format of ["text", "json"]) {
    const args = ["--format", format, ...setBroker(settings)];
    const { code, stdout, stderr } = await run("doctor", args, { url: null, env });
    assertEquals(code, 3, stdout);
    assert(!(stdout + stderr).includes("c@n:a"), stdout);
    assertStringIncludes(stdout, "AMQP_SECRET is set");
  }
});

/** Faults on the way to the broker: which check finds it, and what it says. */
const WAY: {
  fault: string;
  settings: Record<string, unknown> | (() => Record<string, unknown>);
  handle?: Parameters<typeof serveTcp>[0];
  check: string;
  detail: RegExp;
  cure: RegExp;
}[] = [
  {
    fault: "a host that does not exist",
    settings: { host: "no-such-host.invalid" },
    check: "DNS",
    detail: /^no such host/,
    cure: /broker\.host/,
  },
  {
    fault: "a port on which nothing listens",
    settings: () => ({ host: `localhost:${freePorts(1)[0]}` }),
    check: "TCP",
    detail: /^connection refused/,
    cure: /^Start a local broker: deno task broker --port \d+$/,
  },
  {
    fault: "a port that speaks HTTP",
    settings: {},
    handle: say("HTTP/1.1 400 Bad Request\r\n\r\n"),
    check: "broker",
    detail: /^the port speaks HTTP, not AMQP$/,
    cure: /5672/,
  },
  {
    fault: "a port that hangs up",
    settings: {},
    handle: hangUpAtOnce,
    check: "broker",
    detail: /the other side c(los|ut)/,
    cure: /speaks AMQP/,
  },
  {
    fault: "a port that never answers",
    settings: { connect_timeout: "300ms" },
    handle: listen,
    check: "broker",
    detail: /^no answer within 0\.3 s$/,
    cure: /firewalls/,
  },
  {
    fault: "TLS on the plain port",
    settings: { host: BROKER.host, tls: true },
    check: "TLS",
    detail: /^the port does not speak TLS$/,
    cure: /5671/,
  },
  {
    fault: "a port that never answers a TLS handshake",
    settings: { connect_timeout: "300ms", tls: true },
    handle: listen,
    check: "TLS",
    detail: /^no answer within 0\.3 s$/,
    cure: /firewalls/,
  },
  {
    fault: "a wrong password",
    settings: { host: BROKER.host, password: "wrong" },
    check: "login",
    detail: /^login refused for user /,
    cure: /broker\.password/,
  },
  {
    fault: "a virtual host that does not exist",
    settings: { host: BROKER.host, vhost: "/no/such" },
    check: "vhost",
    detail: /^there is no virtual host '\/no\/such'$/,
    cure: /%2F/,
  },
];

for (const { fault, settings, handle, check, detail, cure } of WAY) {
  Deno.test(`doctor finds ${fault}`, async () => {
    await using server = handle && serveTcp(handle);
    const given = typeof settings === "function" ? settings() : settings;
    const broker = { ...(server && { host: `localhost:${server.port}` }), ...given };
    const { code, broken, examined } = await diagnose([...setBroker(broker), ...NO_QUEUE], LOGIN);
    assertEquals({ code, check: broken?.check }, { code: 3, check }, JSON.stringify(examined));
    assertMatch(broken?.detail ?? "", detail);
    assertMatch(broken?.cure ?? "", cure);
    const [, host] = examined;
    const at = host?.findings.findIndex((finding) => finding.check === check) ?? -1;
    const after = new Set(host?.findings.slice(at + 1).map(({ status }) => status));
    assertEquals([...after], ["not reached"]);
  });
}

/** Faults of the config, which no host is asked about. */
const CONFIG: { fault: string; args: string[]; check: string; detail: string }[] = [
  {
    fault: "a config file that is missing",
    args: ["--config", "nowhere.yaml"],
    check: "file",
    detail: 'there is no file "nowhere.yaml"',
  },
  {
    fault: "a config file that is no YAML",
    args: ["--config", "README.md"],
    check: "YAML",
    detail: "README.md:",
  },
  {
    fault: "an override that cannot be",
    args: ["--set", "queue"],
    check: "--set",
    detail: "--set needs key.path=value",
  },
  {
    fault: "a variable that is not set",
    args: ["--set", "message.payload=${AMQP_NOT_SET}"],
    check: "variables",
    detail: "AMQP_NOT_SET is not set",
  },
  {
    fault: "an unknown key",
    args: ["--set", "broker={hots: x}"],
    check: "keys",
    detail: 'unknown key "hots"',
  },
];

for (const { fault, args, check, detail } of CONFIG) {
  Deno.test(`doctor finds ${fault}`, async () => {
    const { code, broken, examined } = await diagnose(args, { url: null });
    assertEquals({ code, check: broken?.check, hosts: examined.length - 1 }, {
      code: 2,
      check,
      hosts: 0,
    });
    assertStringIncludes(broken?.detail ?? "", detail);
  });
}

Deno.test("doctor tells each difference of a queue and an exchange, and goes on", async () => {
  await using queue = testQueue();
  await queue.fill([]);
  const args = [
    ...queue.args,
    "--set=queue.arguments={x-max-length: 5}",
    "--set=exchange={name: amq.topic, type: fanout}",
  ];
  const { code, find } = await diagnose(args);
  assertEquals(code, 5);
  const found = { exchange: find("exchange"), queue: find("queue") };
  assertStringIncludes(found.exchange?.detail ?? "", "exchange.type: topic at the broker, fanout");
  assertStringIncludes(found.queue?.detail ?? "", "queue.arguments.x-max-length: not set at the");
  assertStringIncludes(found.queue?.cure ?? "", "rabbitmqctl delete_queue");
  assertEquals(find("round trip")?.status, "ok");
});

Deno.test("doctor looks at every host of a cluster", async () => {
  const [port] = freePorts(1);
  const args = [...setBroker({ host: [`localhost:${port}`, BROKER.host] }), ...NO_QUEUE];
  const { code, find } = await diagnose(args, LOGIN);
  assertEquals(code, 3);
  assertEquals(find("TCP", `localhost:${port}`)?.status, "failed");
  assertEquals(find("round trip", BROKER.host)?.status, "ok");
});

Deno.test({ name: "doctor finds an alarm", ignore: !NODE }, async () => {
  await using _alarm = await raiseAlarm("disk");
  const { code, broken, find } = await diagnose(NO_QUEUE);
  assertEquals({ code, check: broken?.check }, { code: 4, check: "alarms" });
  assertStringIncludes(broken?.detail ?? "", "The broker takes no messages: low on disk");
  assertEquals(find("permissions")?.status, "not reached");
});

Deno.test({ name: "doctor finds permissions that are missing", ignore: !NODE }, async (t) => {
  await using queue = testQueue();
  await queue.fill(["kept"]);
  const node = await attachLocalRabbitmq(NODE);
  const user = `user-${crypto.randomUUID()}`;
  await node.rabbitmqctl("add_user", user, "secret");
  const own = "amqp-tasks";
  const settings = setBroker({ host: BROKER.host, username: user, password: "secret" });
  const examine = async (...permissions: [configure: string, write: string, read: string]) => {
    await node.rabbitmqctl("set_permissions", user, ...permissions);
    return await diagnose([...settings, ...queue.args], LOGIN);
  };
  try {
    await t.step("to read", async () => {
      const { code, find } = await examine(own, ".*", "nothing");
      assertEquals(code, 5);
      const { detail, cure } = find("permissions") ?? {};
      assertMatch(
        detail ?? "",
        /^the user may configure, write, but not read \(receive needs it\)/,
      );
      assertStringIncludes(cure ?? "", "rabbitmqctl set_permissions");
      assertEquals(find("round trip")?.status, "skipped");
    });

    await t.step("to write", async () => {
      const { code, find } = await examine(own, own, ".*");
      assertEquals(code, 5);
      assertStringIncludes(find("permissions")?.detail ?? "", "but not write (send needs it)");
    });

    await t.step("to configure, which the queue's own check tells too", async () => {
      const { code, find } = await examine("nothing", ".*", ".*");
      assertEquals(code, 5);
      assertEquals(find("queue")?.status, "failed");
      assertStringIncludes(
        find("permissions")?.detail ?? "",
        "but not configure (send and receive",
      );
    });

    await t.step("which it cannot tell of an exchange that does not exist yet", async () => {
      await node.rabbitmqctl("set_permissions", user, ".*", own, ".*");
      const exchange = ["--set", `exchange.name=${own}.${user}`];
      const { code, find } = await diagnose([...settings, ...queue.args, ...exchange], LOGIN);
      assertEquals(code, 0);
      assertStringIncludes(find("permissions")?.detail ?? "", "whether it may write shows once");
    });

    await t.step("and none of it took the message", async () => {
      const [message] = await queue.takeAll(1);
      assertEquals([message?.bodyString(), message?.redelivered], ["kept", false]);
    });
  } finally {
    await node.rabbitmqctl("delete_user", user);
  }
});

Deno.test({ name: "doctor leaves nothing behind", ignore: !NODE }, async () => {
  const node = await attachLocalRabbitmq(NODE);
  const vhost = `vhost-${crypto.randomUUID()}`;
  await node.rabbitmqctl("add_vhost", vhost);
  await node.rabbitmqctl("set_permissions", "--vhost", vhost, "guest", ".*", ".*", ".*");
  const look = async () => {
    const lists = ["list_queues", "list_exchanges", "list_bindings"];
    return await Promise.all(
      lists.map(async (list) =>
        (await node.rabbitmqctl(list, "--vhost", vhost)).split("\n").sort()
      ),
    );
  };
  try {
    const before = await look();
    const args = [
      ...setBroker({ host: BROKER.host, vhost }),
      "--set=exchange={name: events, type: topic}",
      "--set=queue={name: hello, bindings: [{routing_key: '#'}]}",
    ];
    const { code, find } = await diagnose(args, LOGIN);
    assertEquals(code, 0);
    assertStringIncludes(find("exchange")?.detail ?? "", "does not exist yet");
    assertStringIncludes(find("queue")?.detail ?? "", "does not exist yet");
    assertEquals(await look(), before);
  } finally {
    await node.rabbitmqctl("delete_vhost", vhost);
  }
});
