import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { fileURLToPath } from "node:url";
import { ConnectionError } from "../../lib/errors.ts";
import { attachLocalRabbitmq, startLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { isListening } from "../../lib/loopback_ports.ts";
import { findRabbitmq } from "../../lib/rabbitmq_install.ts";
import {
  listeningAddresses,
  parentOf,
  processTree,
  stillRunning,
  until,
} from "../support/processes.ts";

const STARTER = fileURLToPath(new URL("../support/start_rabbitmq.ts", import.meta.url));
const LOOPBACK = ["0100007F", "00000000000000000000000001000000"];

// The broker under test may be another machine's: then there may be none to start here.
const ignore = !await findRabbitmq().then(() => true, () => false);

async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "amqp-tasks it's a test-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

async function assertGone(pids: number[]): Promise<void> {
  const gone = async () => (await stillRunning(pids)).length === 0;
  await until(gone, { what: `processes ${pids} have ended` });
}

const DECLARE_QUEUE = `
  Name = rabbit_misc:r(<<"/">>, queue, <<"kept">>),
  {new, _} = rabbit_amqqueue:declare(Name, true, false, [], none, <<"test">>), ok.`;

async function assertQueueKept(node: { rabbitmqctl: (...args: string[]) => Promise<string> }) {
  assertMatch(await node.rabbitmqctl("list_queues", "name", "durable"), /^kept\ttrue$/m);
}

// Each start costs seconds, so one node goes through its whole life in one test.
Deno.test({ name: "a local RabbitMQ from its first start to its last stop", ignore }, async (t) => {
  await using folder = await temporaryFolder();
  const dir = folder.path;
  let tree: number[] = [];

  {
    await using node = await startLocalRabbitmq({ dir });
    tree = await processTree(await parentOf(node.pid));

    await t.step({
      name: "it listens on the loopback interface only, for AMQP, Erlang and epmd",
      ignore: Deno.build.os !== "linux",
      fn: async () => {
        const found = await listeningAddresses(tree);
        assertEquals(found.filter(({ address }) => !LOOPBACK.includes(address)), []);
        const ports = new Set(found.map(({ port }) => port));
        assertEquals(ports.size, 3);
        assert(ports.has(node.port));
        assert([...ports].every((port) => port >= 20_000 && port < 32_768));
      },
    });

    await t.step("only the owner can read its data, log, config and cookie", async () => {
      for (const name of ["data", "rabbitmq.log", "rabbitmq.conf", ".erlang.cookie"]) {
        const { mode } = await Deno.stat(`${dir}/${name}`);
        assertEquals((mode ?? 0) & 0o077, 0, name);
      }
    });

    await t.step("a second one in its folder is refused", async () => {
      const error = await assertRejects(() => startLocalRabbitmq({ dir }), ConnectionError);
      assertStringIncludes(error.message, `one runs there already, on port ${node.port}`);
    });

    await t.step("a second one on its port is refused", async () => {
      await using other = await temporaryFolder();
      const start = () => startLocalRabbitmq({ dir: other.path, port: node.port });
      const error = await assertRejects(start, ConnectionError);
      assertEquals(error.message, `Port ${node.port} is in use already`);
    });

    await t.step("rabbitmqctl returns what was printed, or throws what went wrong", async () => {
      assertEquals((await node.rabbitmqctl("eval", DECLARE_QUEUE)).trim(), "ok");
      const failing = () => node.rabbitmqctl("delete_queue", "nowhere");
      const error = await assertRejects(failing, Error);
      assertMatch(error.message, /^rabbitmqctl delete_queue: [^]*not found/);
    });

    await t.step({
      name: "it knows the free disk space, although its folder has a space and a quote",
      ignore: Deno.build.os !== "linux",
      fn: async () => {
        assertMatch(
          await node.rabbitmqctl("eval", "rabbit_disk_monitor:get_disk_free()."),
          /^\d+$/m,
        );
      },
    });
  }

  await t.step("stop() leaves no process behind", () => assertGone(tree));

  await t.step("a durable queue survives a stop and a start", async () => {
    await using node = await startLocalRabbitmq({ dir });
    tree = await processTree(await parentOf(node.pid));
    await assertQueueKept(node);
    Deno.kill(node.pid, "SIGKILL");
    await node.exited;
  });

  await t.step("SIGKILL to its Erlang VM leaves no process behind", () => assertGone(tree));

  await t.step("a durable queue survives SIGKILL, and another process can attach", async () => {
    await using starter = await startElsewhere(dir);
    const node = await attachLocalRabbitmq(dir);
    tree = await processTree(await parentOf(node.pid));
    await assertQueueKept(node);

    // Suspended in addition, it must be woken to end in good order.
    Deno.kill(node.pid, "SIGSTOP");
    Deno.kill(starter.pid, "SIGKILL");
    const gone = async () => !await isListening(node.port);
    await until(gone, { what: "the port is closed" });
    assertStringIncludes(await Deno.readTextFile(node.logFile), "SIGTERM received");
  });

  await t.step("SIGKILL to its starter leaves no process behind", () => assertGone(tree));

  await t.step("nobody can attach to it any more", async () => {
    await assertRejects(() => attachLocalRabbitmq(dir), ConnectionError, "Cannot find a running");
  });
});

Deno.test({ name: "a boot that fails throws at once and shows the cause", ignore }, async () => {
  await using folder = await temporaryFolder();
  const start = () => startLocalRabbitmq({ dir: folder.path, config: ["no.such.key = 1"] });
  const error = await assertRejects(start, ConnectionError);
  assertMatch(error.message, /^Cannot start RabbitMQ on port \d+: it ended while it was starting$/);
  assertStringIncludes(error.cure, "You've tried to set no.such.key");
  assertStringIncludes(error.cure, `${folder.path}/rabbitmq.log`);
});

Deno.test({ name: "an aborted start throws the reason and leaves nothing", ignore }, async () => {
  await using folder = await temporaryFolder();
  const stop = new AbortController();
  const started = startLocalRabbitmq({ dir: folder.path, signal: stop.signal });
  const rejected = assertRejects(() => started, Error, "enough");
  const state = `${folder.path}/node.json`;
  const launched = () => Deno.stat(state).then(() => true, () => false);
  await until(launched, { what: "the node has been launched" });
  const { pid } = JSON.parse(await Deno.readTextFile(state));
  const tree = await processTree(await parentOf(pid));
  stop.abort(new Error("enough"));
  await rejected;
  await assertGone(tree);
});

Deno.test("a port that others use is refused before anything is started", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using folder = await temporaryFolder();
  const { port } = listener.addr;
  const start = () => startLocalRabbitmq({ dir: folder.path, port });
  await assertRejects(start, ConnectionError, `Port ${port} is in use already`);
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

/** Starts a node from another process, and ends that by force. */
async function startElsewhere(dir: string): Promise<AsyncDisposable & { pid: number }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-lock", "--allow-all", STARTER, dir],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assert(value, "the starter could not start RabbitMQ");
  return {
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has been killed already.
      }
      await reader.cancel();
      await child.status;
    },
  };
}
