/** TLS that is not to be trusted ends the run wherever it comes up; a password never gets there. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { freePorts } from "../../lib/loopback_ports.ts";
import { BROKER, LOGIN } from "../support/broker_login.ts";
import { type Certificate, hasOpenssl, makeCertificates } from "../support/certificates.ts";
import { until } from "../support/processes.ts";
import { testQueue } from "../support/queues.ts";
import { run, type Script, start } from "../support/scripts.ts";
import { type Handler, listen, serveTcp } from "../support/tcp_server.ts";

const ignore = !await hasOpenssl();
const dir = ignore ? "" : await Deno.makeTempDir({ prefix: "amqp-tasks-closed-" });
const certificates = ignore ? undefined : await makeCertificates(dir);
globalThis.addEventListener("unload", () => {
  if (dir) Deno.removeSync(dir, { recursive: true });
});

async function read({ cert, key }: Certificate): Promise<Certificate> {
  return { cert: await Deno.readTextFile(cert), key: await Deno.readTextFile(key) };
}

/** Hands what comes by TLS on to the broker under test, and back. */
const toBroker: Handler = async (connection) => {
  using broker = await Deno.connect({
    hostname: BROKER.hostname,
    port: Number(BROKER.port) || 5672,
  });
  const backwards = broker.readable.pipeTo(connection.writable);
  await Promise.all([connection.readable.pipeTo(broker.writable), backwards]);
};

/** A stranger: what it is told is kept. */
function stranger(): { handle: Handler; heard: number[] } {
  const heard: number[] = [];
  const handle: Handler = async (connection) => {
    const buffer = new Uint8Array(4096);
    for (let count; (count = await connection.read(buffer)) !== null;) {
      heard.push(...buffer.subarray(0, count));
    }
  };
  return { handle, heard };
}

function login(hosts: string[]): string[] {
  assert(certificates);
  const parts = { username: "${AMQP_USER}", password: "${AMQP_PASSWORD}" };
  const tls = { ca: certificates.ca.cert };
  return ["--set", `broker=${JSON.stringify({ ...parts, host: hosts, tls, retry: "60s" })}`];
}

/** Starts a receiver by TLS that is in order, and takes the other side away from its port. */
async function receiveAndLose(args: string[]): Promise<{ port: number; receiver: Script }> {
  assert(certificates);
  const [port = 0] = freePorts(1);
  await using _good = serveTcp(toBroker, { port, tls: await read(certificates.server) });
  const receiver = start("receive", [...login([`localhost:${port}`]), ...args], LOGIN);
  await receiver.said("Waiting for messages");
  return { port, receiver };
}

for (const which of ["wrongHost", "expired", "selfSigned"] as const) {
  Deno.test({
    name: `after a lost connection a certificate that is not trusted ends the run (${which})`,
    ignore,
    fn: async () => {
      assert(certificates);
      await using queue = testQueue();
      const { port, receiver: started } = await receiveAndLose(queue.args);
      await using receiver = started;
      const { handle, heard } = stranger();
      await using bad = serveTcp(handle, { port, tls: await read(certificates[which]) });
      const { code, stderr } = await receiver.ended();
      assertEquals(code, 3, stderr);
      assertStringIncludes(stderr, "Lost the connection");
      assertMatch(stderr, /error: Cannot connect to localhost:\d+: its certificate /);
      assertEquals(heard, []);
      assertEquals(bad.accepted, 1, "it must not try again");
    },
  });

  Deno.test({
    name: `on the second host a certificate that is not trusted ends the run (${which})`,
    ignore,
    fn: async () => {
      assert(certificates);
      const [dead = 0] = freePorts(1);
      const { handle, heard } = stranger();
      await using bad = serveTcp(handle, { tls: await read(certificates[which]) });
      const hosts = [`localhost:${dead}`, `localhost:${bad.port}`];
      const { code, stderr } = await run("send", login(hosts), LOGIN);
      assertEquals(code, 3, stderr);
      assertMatch(stderr, /error: Cannot connect to localhost:\d+: its certificate /);
      assertEquals(heard, []);
    },
  });
}

for (const task of ["send", "receive", "doctor"] as const) {
  Deno.test({
    name: `${task} verifies whatever the environment says to Node and Deno`,
    ignore,
    fn: async () => {
      assert(certificates);
      const { handle, heard } = stranger();
      await using bad = serveTcp(handle, { tls: await read(certificates.selfSigned) });
      const env = {
        ...LOGIN.env,
        NODE_TLS_REJECT_UNAUTHORIZED: "0",
        NODE_EXTRA_CA_CERTS: certificates.selfSigned.cert,
      };
      const args = login([`localhost:${bad.port}`]);
      const { code, stdout, stderr } = await run(task, args, { ...LOGIN, env });
      assertEquals(code, 3, stderr);
      assertMatch(stdout + stderr, /its certificate is self-signed/);
      assertEquals(heard, []);
    },
  });
}

Deno.test({ name: "a port that was TLS and is plain now gets no login", ignore }, async () => {
  assert(certificates);
  await using queue = testQueue();
  const { port, receiver: started } = await receiveAndLose(queue.args);
  await using receiver = started;
  await using plain = serveTcp(async (connection) => {
    // What a plain broker says first: that it speaks another version, here.
    await connection.write(new TextEncoder().encode("AMQP\0\0\x09\x01"));
    await listen(connection);
  }, { port });
  const { code, stderr } = await receiver.ended();
  assertEquals(code, 3, stderr);
  assertStringIncludes(stderr, "the port does not speak TLS");
  assertEquals(plain.accepted, 1);
});

Deno.test(
  { name: "a broker that speaks nothing newer than TLS 1.1 is refused", ignore },
  async () => {
    assert(certificates);
    const { cert, key } = certificates.server;
    const [port = 0] = freePorts(1);
    const listener = ["-accept", `127.0.0.1:${port}`, "-cert", cert, "-key", key];
    const old = new Deno.Command("openssl", {
      // TLS 1.1 has signatures that openssl allows at its lowest level only.
      args: ["s_server", ...listener, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0", "-quiet"],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const isUp = () =>
        Deno.connect({ hostname: "127.0.0.1", port }).then((probe) => {
          probe.close();
          return true;
        }, () => false);
      await until(isUp, { what: "openssl listens" });
      const { code, stderr } = await run("send", login([`localhost:${port}`]), LOGIN);
      assertEquals(code, 3, stderr);
      assertStringIncludes(
        stderr,
        "it speaks no TLS newer than 1.1\n  Let it speak TLS 1.2 or 1.3",
      );
    } finally {
      await old.stdin.close();
      old.kill("SIGKILL");
      await old.status;
    }
  },
);
