import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { findRabbitmq } from "../../lib/rabbitmq_install.ts";
import { until } from "../support/processes.ts";
import { type TestQueue, testQueue } from "../support/queues.ts";
import { type Script, start, succeed } from "../support/scripts.ts";

// The broker under test may be another machine's: then there may be none to kill here.
const ignore = !await findRabbitmq().then(() => true, () => false);

interface Received {
  payload: string;
  id: string;
}

/** Compares what was sent with what has come, by payload. */
function compare(sent: string[], received: Received[]) {
  const ids = new Map<string, Set<string>>();
  for (const { payload, id } of received) {
    ids.set(payload, (ids.get(payload) ?? new Set()).add(id));
  }
  const expected = new Set(sent);
  return {
    lost: sent.filter((payload) => !ids.has(payload)).length,
    unexpected: [...ids.keys()].filter((payload) => !expected.has(payload)).length,
    sentUnderTwoIds: [...ids.values()].filter((known) => known.size > 1).length,
    duplicated: received.length - ids.size,
  };
}

function assertNothingLost(sent: string[], received: Received[]): void {
  const { duplicated, ...wrong } = compare(sent, received);
  const none = { lost: 0, unexpected: 0, sentUnderTwoIds: 0 };
  assertEquals(wrong, none, `${duplicated} duplicated of ${sent.length}`);
}

function payloads(count: number): string[] {
  const run = crypto.randomUUID();
  return Array.from({ length: count }, (_, id) => `${run} ${id}`);
}

async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "amqp-tasks-killed-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A sender of many lines and a receiver that writes to a file, at work on the same queue. */
class Traffic implements AsyncDisposable {
  readonly sent: string[];
  readonly sender: Script;
  readonly receiver: Script;
  readonly #queue: TestQueue;
  readonly #output: string;

  constructor(count: number, dir: string, url: string) {
    this.sent = payloads(count);
    this.#queue = testQueue(url);
    this.#output = `${dir}/received-${this.#queue.name}`;
    const input = `${dir}/lines-${this.#queue.name}`;
    Deno.writeTextFileSync(input, this.sent.join("\n"));
    this.sender = start("send", ["--lines", input, ...this.#queue.args], { url });
    this.receiver = start("receive", ["--format", "json", ...this.#queue.args], {
      url,
      env: { OUTPUT: this.#output },
      shell: 'exec "$@" >"$OUTPUT"',
    });
  }

  /** Waits until so many bytes were received: a message is some 300. */
  async isUnderWay(bytes: number): Promise<void> {
    const size = () => Deno.stat(this.#output).then((file) => file.size, () => 0);
    await until(async () => await size() > bytes, { what: "messages flow", timeout: 30_000 });
    assert(!this.sender.hasEnded, "the sender has ended before it was disturbed");
  }

  /** Lets both finish, and returns what was received and what is left in the queue. */
  async finish(): Promise<Received[]> {
    const { code, stderr } = await this.sender.ended();
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, `Sent ${this.sent.length} messages\n`);
    await until(async () => await this.#queue.count() === 0, { what: "all were delivered" });
    this.receiver.kill("SIGINT");
    const received = await this.receiver.ended();
    assertEquals(received.code, 0, received.stderr);
    const lines = (await Deno.readTextFile(this.#output)).trimEnd().split("\n");
    const rest = await this.#queue.takeAll();
    return [
      ...lines.map((line) => JSON.parse(line)).map(({ payload, properties }) => ({
        payload,
        id: properties.message_id,
      })),
      ...rest.map((message) => ({
        payload: message.bodyString() ?? "",
        id: message.properties.messageId ?? "",
      })),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sender[Symbol.asyncDispose]();
    await this.receiver[Symbol.asyncDispose]();
    await this.#queue[Symbol.asyncDispose]();
  }
}

Deno.test("the comparison notices what is lost, unexpected or sent under another id", () => {
  const sent = payloads(1_000);
  const received = sent.map((payload) => ({ payload, id: `id of ${payload}` }));
  const fine = { lost: 0, unexpected: 0, sentUnderTwoIds: 0, duplicated: 0 };
  assertEquals(compare(sent, received), fine);
  assertEquals(compare(sent, received.toSpliced(500, 1)), { ...fine, lost: 1 });
  assertEquals(compare(sent.slice(1), received), { ...fine, unexpected: 1 });
  const [first = { payload: "", id: "" }] = received;
  assertEquals(compare(sent, [...received, first]), { ...fine, duplicated: 1 });
  assertEquals(compare(sent, [...received, { ...first, id: "other" }]), {
    ...fine,
    sentUnderTwoIds: 1,
    duplicated: 1,
  });
});

// Each start costs seconds, so one folder and one port see all that can befall a broker.
Deno.test(
  { name: "a broker that dies, hangs up or freezes costs no message", ignore },
  async (t) => {
    await using folder = await temporaryFolder();
    const dir = `${folder.path}/node`;
    let node = await startLocalRabbitmq({ dir });
    try {
      const { url, port } = node;

      await t.step("100,000 messages survive SIGKILL to the broker while they flow", async () => {
        await using traffic = new Traffic(100_000, folder.path, url);
        await traffic.isUnderWay(3_000_000);
        Deno.kill(node.pid, "SIGKILL");
        await node.stop();
        node = await startLocalRabbitmq({ dir, port });
        assertNothingLost(traffic.sent, await traffic.finish());
        for (const { stderr } of [traffic.sender, traffic.receiver]) {
          assertStringIncludes(stderr, "Lost the connection to localhost:");
          assertStringIncludes(stderr, "Connected to localhost:");
        }
      });

      await t.step("50,000 messages survive close_all_connections", async () => {
        await using traffic = new Traffic(50_000, folder.path, url);
        await traffic.isUnderWay(1_000_000);
        await node.rabbitmqctl("close_all_connections", "to try it");
        assertNothingLost(traffic.sent, await traffic.finish());
        for (const { stderr } of [traffic.sender, traffic.receiver]) {
          assertStringIncludes(stderr, "to try it");
          assertStringIncludes(stderr, "Connected to localhost:");
        }
      });

      await t.step("a frozen broker is noticed, and a thawed one used again", async () => {
        await using queue = testQueue(url);
        const args = [...queue.args, "--set", "broker.heartbeat=2s"];
        const lines = ["--lines", "-", ...args];
        await using sender = start("send", lines, { url, openStdin: true });
        await using receiver = start("receive", args, { url });
        await sender.write("before\n");
        await receiver.said("'before'");
        const frozen = performance.now();
        Deno.kill(node.pid, "SIGSTOP");
        await sender.write("meanwhile\n");
        await sender.said("no sign of life");
        await receiver.said("no sign of life");
        const noticed = (performance.now() - frozen) / 1_000;
        assert(noticed > 1.5, `noticed after ${noticed} s`);
        Deno.kill(node.pid, "SIGCONT");
        await receiver.said("'meanwhile'");
        await sender.write("after\n");
        await receiver.said("'after'");
        await sender.closeStdin();
        const sent = await sender.ended();
        assertEquals(sent.code, 0, sent.stderr);
        assertStringIncludes(sent.stderr, "Sent 3 messages\n");
        receiver.kill("SIGINT");
        assertEquals((await receiver.ended()).code, 0);
      });

      await t.step("a broker that does not come back within broker.retry: exit 3", async () => {
        const queue = testQueue(url);
        const args = [...queue.args, "--set", "broker.retry=2s"];
        await succeed("send", args, { url });
        await using sender = start("send", ["--lines", "-", ...args], { url, openStdin: true });
        await using receiver = start("receive", args, { url });
        await receiver.said("Hello World!");
        await sender.write("x\ny\n");
        await receiver.said("'y'");
        Deno.kill(node.pid, "SIGKILL");
        await node.stop();
        for (const script of [sender, receiver]) {
          const { code, stderr } = await script.ended();
          assertEquals(code, 3, stderr);
          assertStringIncludes(stderr, "Lost the connection");
          assertStringIncludes(stderr, `error: Cannot connect to localhost:${port}`);
        }
        assertStringIncludes(
          sender.stderr,
          "messages confirmed, 0 not accepted, ",
        );
      });
    } finally {
      await node.stop();
    }
  },
);
