/** The arguments of a program can be seen by everybody on its machine: no password is in them. */
import { assert, assertEquals } from "@std/assert";
import { freePorts } from "../../lib/loopback_ports.ts";
import { BROKER } from "../support/broker_login.ts";
import { openSandbox, type Sandbox } from "../support/docs_sandbox.ts";
import { NODE } from "../support/node_settings.ts";
import { processTree } from "../support/processes.ts";
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

/** Writes the config that all scripts read, with a login in it. */
function writeConfig(sandbox: Sandbox, broker: Record<string, unknown>): Promise<void> {
  const config = { broker, queue: { name: "hello" }, message: { payload: "Hello World!" } };
  return sandbox.write("config.yaml", JSON.stringify(config));
}

/** Looks at what runs until it has ended; returns the arguments of all that it has started. */
async function watch(script: Script): Promise<string[]> {
  const seen = new Set<string>();
  while (!script.hasEnded) {
    for (const pid of await processTree(script.pid)) {
      // It may have ended meanwhile.
      seen.add(await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => ""));
    }
  }
  return [...seen];
}

/** Fails unless arguments hold no password, and are those of all these programs, among others. */
function assertHarmless(seen: string[], programs: RegExp[]): void {
  for (const program of programs) {
    assert(seen.some((args) => program.test(args)), `${program} was not seen`);
  }
  // Which they are is not told: that would print it.
  assertEquals(seen.filter(holdsSecret).length, 0);
}

Deno.test({ name: "a password in arguments would be seen", ignore }, async () => {
  await using sandbox = await openSandbox();
  const script = sandbox.start('sh -c "sleep 0.5; true" "$PASSWORD"', {
    env: { PASSWORD: SECRET },
  });
  assertEquals((await watch(script)).filter(holdsSecret).length, 1);
  await script.ended();
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
    await using script = sandbox.start(tasks.map((task) => `deno task -q ${task}`).join(" && "));
    const seen = await watch(script);
    const { code, stdout, stderr } = await script.ended();
    assertEquals(code, 0, stdout + stderr);
    assertHarmless(seen, [
      /dist\/send\.js/,
      /dist\/receive\.js\0--count/,
      /dist\/receive\.js\0.*receive\.exec/,
      /\.\/command/,
      /scripts\/doctor\.ts/,
      /scripts\/demo\.ts/,
      /dist\/receive\.js\0.*amqp-tasks\.demo/,
    ]);
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
  const watching = watch(broker);
  await broker.said("RabbitMQ listens on");
  await using asking = sandbox.start("deno task -q rabbitmqctl list_queues");
  const seen = await watch(asking);
  const { code, stderr } = await asking.ended();
  assertEquals(code, 0, stderr);
  broker.kill("SIGINT");
  seen.push(...await watching);
  assertEquals((await broker.ended()).code, 0, broker.stderr);
  assertHarmless(seen, [/rabbitmqctl/, /beam/, /epmd/]);
  const cookie = await Deno.readTextFile(`${sandbox.dir}/.rabbitmq/.erlang.cookie`);
  assert(cookie.length >= 16, "there is a cookie");
  assertEquals(seen.filter((args) => args.includes(cookie)).length, 0);
});
