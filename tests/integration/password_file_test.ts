import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { BROKER } from "../support/broker_login.ts";
import { NODE } from "../support/node_settings.ts";
import { testQueue } from "../support/queues.ts";
import { run, start, succeed } from "../support/scripts.ts";

const CURE =
  "  Name a file that holds the password alone; its path begins at the folder of the config\n";
const PASSWORD = decodeURIComponent(BROKER.password);
const env = { AMQP_USER: decodeURIComponent(BROKER.username) };

interface SecretFile extends AsyncDisposable {
  path: string;
  /** Arguments of a script that logs in with it. */
  args: string[];
}

async function secretFile(text: string | Uint8Array, mode = 0o600): Promise<SecretFile> {
  const path = await Deno.makeTempFile({ prefix: "amqp-tasks-secret-" });
  await Deno.writeFile(path, typeof text === "string" ? new TextEncoder().encode(text) : text);
  await Deno.chmod(path, mode);
  return { path, args: login(path), [Symbol.asyncDispose]: () => Deno.remove(path) };
}

function login(path: string): string[] {
  const settings = { host: BROKER.host, username: "${AMQP_USER}", password_file: path };
  return ["--set", `broker=${JSON.stringify(settings)}`];
}

for (const newline of ["", "\n", "\r\n"]) {
  Deno.test(`broker.password_file logs in, with ${JSON.stringify(newline)} at its end`, async () => {
    await using queue = testQueue();
    await using file = await secretFile(PASSWORD + newline);
    const { stderr } = await succeed("send", [...file.args, ...queue.args], { url: null, env });
    assertEquals(stderr, "");
    assertEquals(await queue.count(), 1);
  });
}

Deno.test("broker.password_file goes with a URL that has no password", async () => {
  await using queue = testQueue();
  await using file = await secretFile(PASSWORD);
  const settings = { url: `amqp://${BROKER.username}@${BROKER.host}`, password_file: file.path };
  const args = ["--set", `broker=${JSON.stringify(settings)}`, ...queue.args];
  await succeed("send", args, { url: null });
});

Deno.test("a password file that everybody can read is warned about, and used", async () => {
  await using queue = testQueue();
  await using file = await secretFile(PASSWORD, 0o644);
  const args = [...file.args, ...queue.args];
  const { stderr } = await succeed("send", args, { url: null, env });
  assertEquals(
    stderr,
    ` [*] Warning: everybody on this machine can read "${file.path}", which holds a password: chmod 600\n`,
  );
});

const UNUSABLE: { what: string; text: string | Uint8Array; error: string }[] = [
  { what: "is empty", text: "\n", error: "is empty" },
  { what: "is no text", text: Uint8Array.of(0xff, 0xfe), error: "is not UTF-8 text" },
  { what: "is huge", text: "x".repeat(5_000), error: "has 5000 bytes, more than 4096" },
];

for (const { what, text, error } of UNUSABLE) {
  Deno.test(`a password file that ${what} exits 2`, async () => {
    await using file = await secretFile(text);
    const { code, stderr } = await run("send", file.args, { url: null, env });
    assertEquals({ code, stderr }, {
      code: 2,
      stderr: `error: Cannot use broker.password_file: "${file.path}" ${error}\n${CURE}`,
    });
  });
}

for (
  const [path, error] of [["/nowhere/at/all", "cannot be read: there is no such file"], [
    "/",
    "is no regular file",
  ]] as const
) {
  Deno.test(`a password file that ${error} exits 2`, async () => {
    const { code, stderr } = await run("send", login(path), { url: null, env });
    assertEquals(code, 2);
    assertEquals(
      stderr,
      `error: Cannot use broker.password_file: "${path}" ${error}\n${CURE}`,
    );
  });
}

Deno.test("two passwords are one too many", async () => {
  for (
    const settings of [
      { host: "localhost", password: "a", password_file: "b" },
      { url: "amqp://me:secret@localhost", password_file: "b" },
    ]
  ) {
    const args = ["--set", `broker=${JSON.stringify(settings)}`];
    const { code, stderr } = await run("send", args, { url: null });
    assertEquals(code, 2);
    assertStringIncludes(stderr, "has both password_file and a password: keep one of them");
    assert(!stderr.includes("secret"), stderr);
  }
});

Deno.test(
  { name: "a changed password file is read at the next connection", ignore: !NODE },
  async () => {
    const node = await attachLocalRabbitmq(NODE);
    await using queue = testQueue();
    const user = `user-${crypto.randomUUID()}`;
    await using file = await secretFile("first");
    await node.rabbitmqctl("add_user", user, "first");
    try {
      await node.rabbitmqctl("set_permissions", user, ".*", ".*", ".*");
      await using receiver = start("receive", [...file.args, ...queue.args], {
        url: null,
        env: { AMQP_USER: user },
      });
      await receiver.said("Waiting for messages");
      await node.rabbitmqctl("change_password", user, "second");
      await Deno.writeTextFile(file.path, "second");
      await node.rabbitmqctl("close_all_user_connections", user, "rotated");
      await receiver.said("Connected to");
      await queue.fill(["after"]);
      await receiver.said("'after'");
      receiver.kill("SIGINT");
      assertEquals((await receiver.ended()).code, 0);
    } finally {
      await node.rabbitmqctl("delete_user", user);
    }
  },
);
