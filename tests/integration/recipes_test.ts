/** The files of examples/ that docs/recipes.md speaks of. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { openSandbox, type Sandbox } from "../support/docs_sandbox.ts";
import { NODE } from "../support/node_settings.ts";
import { isInstalled } from "../support/processes.ts";
import { testQueue } from "../support/queues.ts";

const root = new URL("../../", import.meta.url);
/** What `deno task receive` runs. */
const RECEIVE = denoJson.tasks.receive.command;

function read(file: string): string {
  return Deno.readTextFileSync(new URL(file, root));
}

/** A test that needs a virtual host, and these programs. */
function test(name: string, programs: string[], fn: (sandbox: Sandbox) => Promise<void>): void {
  const missing = NODE ? programs.find((program) => !isInstalled(program)) : "a node of our own";
  const suffix = missing === undefined ? "" : ` (skipped: there is no ${missing})`;
  Deno.test({
    name: name + suffix,
    ignore: missing !== undefined,
    fn: async () => {
      await using sandbox = await openSandbox();
      await fn(sandbox);
    },
  });
}

const unit = () => read("examples/amqp-tasks.service");

Deno.test({
  name: "systemd finds nothing wrong with amqp-tasks.service",
  ignore: !isInstalled("systemd-analyze"),
  fn: async () => {
    const dir = await Deno.makeTempDir();
    const file = `${dir}/amqp-tasks.service`;
    // It asks whether the program is there.
    await Deno.writeTextFile(file, unit().replace("/usr/local/bin/deno", Deno.execPath()));
    const { stderr } = await new Deno.Command("systemd-analyze", { args: ["verify", file] })
      .output();
    const said = new TextDecoder().decode(stderr).split("\n");
    assertEquals(said.filter((line) => line.includes("amqp-tasks.service")), []);
    await Deno.remove(dir, { recursive: true });
  },
});

test(
  "the command of amqp-tasks.service receives, and ends with 0 on SIGTERM",
  [],
  async (sandbox) => {
    const [, command = ""] = /^ExecStart=(.*)$/m.exec(unit()) ?? [];
    assertEquals(command.replace("/usr/local/bin/", ""), `${RECEIVE} --config config.yaml`);
    const { code } = await sandbox.start("deno task -q send").ended();
    assertEquals(code, 0);
    await using service = sandbox.start(`exec ${command.replace("/usr/local/bin/", "")}`);
    await service.said("[x] Received 'Hello World!'");
    service.kill("SIGTERM");
    assertEquals((await service.ended()).code, 0);
  },
);

test("the line of amqp-tasks.cron sends what is in the outbox, in cron's environment", [
  "flock",
], async (sandbox) => {
  await Deno.mkdir(`${sandbox.dir}/outbox`);
  await sandbox.write("outbox/1 first", "one");
  await sandbox.write("outbox/2", "two");
  await sandbox.write("amqp-tasks.env", `AMQP_URL="${sandbox.url}"\n`);
  const cron = read("examples/amqp-tasks.cron");
  const [, path = ""] = /^PATH=(.*)$/m.exec(cron) ?? [];
  const [, line = ""] = /^\*\/5 \* \* \* \* amqp (.*)$/m.exec(cron) ?? [];
  const command = line.replace("/opt/amqp-tasks", sandbox.dir)
    .replace("/etc/amqp-tasks.env", "./amqp-tasks.env");
  const deno = Deno.execPath().replace(/\/[^/]*$/, "");
  // Deno finds its packages by these; without them, in the home that the system knows.
  const found = ["HOME", "DENO_DIR"].map((name) => [name, Deno.env.get(name)])
    .filter(([, value]) => value !== undefined);
  const env = { ...Object.fromEntries(found), PATH: `${deno}:${path}` };
  const { code, stdout, stderr } = await sandbox.start(command, { env, clearEnv: true }).ended();
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
  assertEquals([...Deno.readDirSync(`${sandbox.dir}/outbox`)], []);
  await using queue = testQueue(sandbox.url, "hello");
  const messages = await queue.takeAll(2);
  assertEquals(messages.map((message) => message.bodyString()), ["one", "two"]);
});

test(
  "send-outbox.sh leaves what is not accepted, and ends with the code of send",
  [],
  async (sandbox) => {
    await Deno.mkdir(`${sandbox.dir}/outbox`);
    await sandbox.write("outbox/1", "one");
    const env = { CONFIG: "config.yaml", AMQP_URL: `${sandbox.url}-that-is-not-there` };
    const { code } = await sandbox.start("sh examples/send-outbox.sh", { env }).ended();
    assertEquals(code, 3);
    assertEquals([...Deno.readDirSync(`${sandbox.dir}/outbox`)].map(({ name }) => name), ["1"]);
  },
);

test("what examples/Dockerfile builds receives as a user without rights", [], async (sandbox) => {
  const dockerfile = read("examples/Dockerfile");
  const runs = [...dockerfile.matchAll(/^RUN (.*)$/gm)].map(([, command = ""]) => command);
  const [install = "", build = "", ...others] = runs;
  assertEquals({ install, others }, {
    install: read(".ci/run").replace(
      /^[^]*(deno@[\d.]+)[^]*$/,
      "npm install -g $1",
    ),
    others: [],
  });
  const built = await sandbox.start(build).ended();
  assertEquals(built.code, 0, built.stderr);

  // What the second stage copies, and nothing else.
  const app = await Deno.makeTempDir({ prefix: "amqp-tasks-image-" });
  try {
    const copy = `cp -R dist ${app}/dist && cp examples/1-hello-world.yaml ${app}/config.yaml`;
    const copied = await sandbox.start(`${copy} && chmod -R a+rX ${app}`).ended();
    assertEquals(copied.code, 0, copied.stderr);
    const [, entry = "[]"] = /^ENTRYPOINT (.*)$/m.exec(dockerfile) ?? [];
    const [program = "", ...args] = JSON.parse(entry);
    assertEquals([program, ...args].join(" "), RECEIVE);
    assertEquals((await sandbox.start("deno task -q send").ended()).code, 0);
    // Whoever has no rights may not reach ours, which may lie in the folder of root.
    const deno = `${app}/deno`;
    await Deno.copyFile(Deno.execPath(), deno);
    await Deno.chmod(deno, 0o755);
    const child = new Deno.Command(deno, {
      args: [...args, "--count", "1"],
      cwd: app,
      clearEnv: true,
      env: { AMQP_URL: sandbox.url, DENO_DIR: `${app}/cache`, NO_COLOR: "1" },
      ...Deno.uid() === 0 && { uid: 65534, gid: 65534 },
      stdin: "null",
    });
    const { code, stdout, stderr } = await child.output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    assertEquals(new TextDecoder().decode(stdout), " [x] Received 'Hello World!'\n");
  } finally {
    await Deno.remove(app, { recursive: true });
  }
});

Deno.test("examples/Dockerfile copies what is there", () => {
  for (const [, what = ""] of read("examples/Dockerfile").matchAll(/^COPY (?!--from)(.*) \S+$/gm)) {
    for (const path of what.split(" ")) assert(Deno.statSync(new URL(path, root)), path);
  }
  assertStringIncludes(read("docs/recipes.md"), "docker build -f examples/Dockerfile");
});
