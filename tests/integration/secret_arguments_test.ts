/** The arguments of a program can be seen by everybody on its machine: no password is in them. */
import { assert, assertEquals } from "@std/assert";
import { freePorts } from "../../lib/loopback_ports.ts";
import { BROKER } from "../support/broker_login.ts";
import { openSandbox, type Sandbox } from "../support/docs_sandbox.ts";
import { NODE } from "../support/node_settings.ts";
import { readTree, until } from "../support/processes.ts";
import type { Script } from "../support/scripts.ts";
import { holdsSecret, SECRET } from "../support/secret.ts";

/** The node under test has the password that is looked for. */
const ignore = Deno.build.os !== "linux" || !NODE;

/** What of a config says how to log in. */
const LOGINS: Record<string, (sandbox: Sandbox) => Promise<Record<string, unknown>>> = {
  "broker.password": (sandbox) => Promise.resolve({ ...partsOf(sandbox), password: SECRET }),
  "broker.url": ({ url }) => Promise.resolve({ url }),
  "broker.password_file": async (sandbox) => {
    await sandbox.write("password", SECRET);
    await Deno.chmod(`${sandbox.dir}/password`, 0o600);
    return { ...partsOf(sandbox), password_file: "password" };
  },
};

function partsOf({ url }: Sandbox): Record<string, unknown> {
  const vhost = new URL(url).pathname.slice(1);
  return { host: BROKER.host, username: decodeURIComponent(BROKER.username), vhost };
}

/** What runs when the scripts do, by the arguments. */
const PROGRAMS = [
  /dist\/send\.js/,
  /dist\/receive\.js\0--count/,
  /dist\/receive\.js\0.*receive\.exec/,
  /\.\/command/,
  /scripts\/doctor\.ts/,
  /scripts\/demo\.ts/,
  /dist\/receive\.js\0.*amqp-tasks\.demo/,
];

/** Writes the config that all scripts read, with a login in it. */
function writeConfig(sandbox: Sandbox, broker: Record<string, unknown>): Promise<void> {
  const config = { broker, queue: { name: "hello" }, message: { payload: "Hello World!" } };
  return sandbox.write("config.yaml", JSON.stringify(config));
}

/** What was seen: the arguments of processes, as the system has them. */
type Seen = Set<string>;

/** Looks, until a script has ended, at its arguments and those of all that it has started. */
async function watch(script: Script, seen: Seen): Promise<void> {
  const isOver = () => {
    for (const args of readTree(script.pid, "cmdline")) seen.add(args);
    return Promise.resolve(script.hasEnded);
  };
  await until(isOver, { what: "it has ended", timeout: 120_000 });
}

/** Which of these programs were not seen. */
function missing(seen: Seen, programs: RegExp[]): string[] {
  const isSeen = (program: RegExp) => [...seen].some((args) => program.test(args));
  return programs.filter((program) => !isSeen(program)).map(String);
}

/** How many arguments hold a text. Which they are is not told: that would print it. */
function count(seen: Seen, holds: (args: string) => boolean): number {
  return [...seen].filter(holds).length;
}

Deno.test({ name: "a password in arguments would be seen", ignore }, async () => {
  await using sandbox = await openSandbox();
  const command = 'sh -c "until [ -e done ]; do sleep 0.1; done" "$PASSWORD"';
  await using script = sandbox.start(command, { env: { PASSWORD: SECRET } });
  const seen: Seen = new Set();
  const watching = watch(script, seen);
  const isSeen = () => Promise.resolve(count(seen, holdsSecret) > 0);
  await until(isSeen, { what: "it was seen" });
  await sandbox.write("done", "");
  await watching;
});

for (const [key, login] of Object.entries(LOGINS)) {
  Deno.test({ name: `${key} is in the arguments of nothing that is run`, ignore }, async () => {
    await using sandbox = await openSandbox();
    await writeConfig(sandbox, await login(sandbox));
    // It stays long enough to be seen.
    const command = "#!/bin/sh\ncat /proc/$$/environ >environment; sleep 0.5\n";
    await sandbox.write("command", command);
    await Deno.chmod(`${sandbox.dir}/command`, 0o755);
    const tasks = [
      "send",
      "receive --count 1",
      "send",
      "work --count 1 --set 'receive.exec=[./command]'",
      "doctor",
      "demo",
    ];
    const seen: Seen = new Set();
    // They are short: on a busy machine one may have run while nobody looked.
    for (let tries = 0; tries === 0 || tries < 5 && missing(seen, PROGRAMS).length; tries++) {
      await using script = sandbox.start(tasks.map((task) => `deno task -q ${task}`).join(" && "));
      await watch(script, seen);
      const { code, stdout, stderr } = await script.ended();
      assertEquals(code, 0, stdout + stderr);
    }
    assertEquals(missing(seen, PROGRAMS), []);
    assertEquals(count(seen, holdsSecret), 0);
    const environment = await Deno.readTextFile(`${sandbox.dir}/environment`);
    assert(environment.includes("AMQP_MESSAGE_ID="));
    assertEquals(holdsSecret(environment), false);
  });
}

Deno.test({
  name: "neither a password nor the cookie is in the arguments of the local broker",
  ignore,
}, async () => {
  await using sandbox = await openSandbox();
  await writeConfig(sandbox, { ...partsOf(sandbox), password: SECRET });
  const [port] = freePorts(1);
  await using broker = sandbox.start(`exec deno task -q broker --port ${port}`);
  const seen: Seen = new Set();
  const watching = watch(broker, seen);
  await broker.said("RabbitMQ listens on");
  await using asking = sandbox.start("deno task -q rabbitmqctl list_queues");
  await watch(asking, seen);
  const { code, stderr } = await asking.ended();
  assertEquals(code, 0, stderr);
  broker.kill("SIGINT");
  await watching;
  assertEquals((await broker.ended()).code, 0, broker.stderr);
  assertEquals(missing(seen, [/rabbitmqctl\0.*list_queues/, /beam/, /epmd/]), []);
  assertEquals(count(seen, holdsSecret), 0);
  const cookie = await Deno.readTextFile(`${sandbox.dir}/.rabbitmq/.erlang.cookie`);
  assert(cookie.length >= 16, "there is a cookie");
  assertEquals(count(seen, (args) => args.includes(cookie)), 0);
});
