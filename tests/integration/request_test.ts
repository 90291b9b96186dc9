import type { AMQPMessage } from "@cloudamqp/amqp-client";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CAN_BE_LINKED, LOGIN, PORT, setBroker } from "../support/broker_login.ts";
import { networkLink } from "../support/network_link.ts";
import { until } from "../support/processes.ts";
import { testQueue, withChannel } from "../support/queues.ts";
import { run, start, succeed, TEST_URL } from "../support/scripts.ts";
import { testExchange } from "../support/topology.ts";

/** Sets `message.reply`. */
const awaiting = (timeout = "30s") => ["--set", `message.reply={timeout: ${timeout}}`];

/** Publishes an answer to a request, which is right unless `marks` says otherwise. */
type Answer = (body: string, marks?: { correlationId?: string; type?: string }) => Promise<unknown>;

/** Runs `test` while each request that comes to the queue is given to `respond`. */
function withResponder(
  queue: string,
  respond: (request: AMQPMessage, answer: Answer) => unknown,
  test: () => Promise<void>,
): Promise<void> {
  return withChannel(TEST_URL, async (channel) => {
    await channel.queueDeclare(queue, { durable: true }, { "x-queue-type": "quorum" });
    await channel.basicConsume(queue, { noAck: true }, (request) => {
      const { replyTo = "", correlationId = "" } = request.properties;
      respond(
        request,
        (body, marks) => channel.basicPublish("", replyTo, body, { correlationId, ...marks }),
      );
    });
    await test();
  });
}

Deno.test("the answer goes to standard output, all else to standard error", async () => {
  await using queue = testQueue();
  await withResponder(
    queue.name,
    (request, answer) => answer(`${request.bodyString()}? it's 832040\n`),
    async () => {
      const args = [...queue.args, ...awaiting(), "30"];
      const { stdout, stderr } = await succeed("send", args);
      assertEquals(stdout, " [.] Got '30? it\\'s 832040\\n'\n");
      assertEquals(stderr, " [*] Requested '30'\n");

      const quiet = await succeed("send", ["--quiet", ...args]);
      assertEquals([quiet.stdout, quiet.stderr], [stdout, ""]);
    },
  );
});

Deno.test("a request has what it is to be answered by, and what the config says", async () => {
  await using queue = testQueue();
  const requests: AMQPMessage[] = [];
  const respond = (request: AMQPMessage, answer: Answer) => {
    requests.push(request);
    answer("");
  };
  await withResponder(queue.name, respond, async () => {
    const args = [...queue.args, ...awaiting(), "--set", "message.headers={a: 1}"];
    for (const _ of [1, 2]) {
      assertEquals((await succeed("send", args)).stdout, " [.] Got ''\n");
    }
  });
  const [first, second] = requests.map(({ properties }) => properties);
  assertMatch(first?.correlationId ?? "", /^[\da-f-]{36}$/);
  assert(first?.correlationId !== second?.correlationId);
  assertEquals([first?.headers, first?.deliveryMode], [{ a: 1 }, 2]);
});

Deno.test("an answer to something else is ignored", async () => {
  await using queue = testQueue();
  const respond = async (_: AMQPMessage, answer: Answer) => {
    await answer("another's", { correlationId: crypto.randomUUID() });
    await answer("nobody's", { correlationId: "" });
    await answer("ours");
  };
  await withResponder(queue.name, respond, async () => {
    const { stdout } = await succeed("send", [...queue.args, ...awaiting()]);
    assertEquals(stdout, " [.] Got 'ours'\n");
  });
});

Deno.test("an answer that is an error: exit 4, and why", async () => {
  await using queue = testQueue();
  const respond = (_: AMQPMessage, answer: Answer) => answer("no 'x'\x1b", { type: "error" });
  await withResponder(queue.name, respond, async () => {
    const { code, stdout, stderr } = await run("send", [...queue.args, ...awaiting()]);
    assertEquals({ code, stdout }, { code: 4, stdout: "" });
    assertStringIncludes(stderr, "error: The answer is an error: 'no \\'x\\'\\x1b'\n");
  });
});

Deno.test("no answer in time: exit 4, and what to look at", async () => {
  await using queue = testQueue();
  const { code, stdout, stderr } = await run("send", [...queue.args, ...awaiting("500ms")]);
  assertEquals({ code, stdout }, { code: 4, stdout: "" });
  assertEquals(
    stderr,
    " [*] Requested 'Hello World!'\nerror: No answer within 0.5 s\n" +
      "  Is a receiver running that answers? message.reply.timeout says how long to wait\n",
  );
  const hasExpired = async () => await queue.count() === 0;
  await until(hasExpired, { what: "the request that nobody waits for has expired" });
});

Deno.test("a request that reaches no queue: exit 4, without waiting for an answer", async () => {
  await using queue = testQueue();
  await using exchange = await testExchange("direct");
  const args = [...queue.args, "--set", `exchange.name=${exchange.name}`, ...awaiting("1h")];
  const { code, stdout, stderr } = await run("send", args);
  assertEquals({ code, stdout }, { code: 4, stdout: "" });
  assertMatch(
    stderr,
    /^error: The message was not accepted: unroutable: .*\n {2}Check queue\.name/,
  );
});

Deno.test("a request that the queue rejects: exit 4, without waiting for an answer", async () => {
  await using queue = testQueue();
  const limits = "{x-max-length: 1, x-overflow: reject-publish}";
  const full = ["--set", `queue={name: ${queue.name}, type: classic, arguments: ${limits}}`];
  await run("send", ["--lines", "-", ...full], { stdin: "1\n2\n3\n4\n5\n" });
  const { code, stdout, stderr } = await run("send", [...full, ...awaiting("1h")]);
  assertEquals({ code, stdout }, { code: 4, stdout: "" });
  assertMatch(stderr, /^error: The message was not accepted: rejected by the broker/);
});

Deno.test("CTRL+C before the answer: exit 4", async () => {
  await using queue = testQueue();
  await using sender = start("send", [...queue.args, ...awaiting("1h")]);
  await sender.said("Requested");
  sender.kill("SIGINT");
  const { code, stdout, stderr } = await sender.ended();
  assertEquals({ code, stdout }, { code: 4, stdout: "" });
  assertStringIncludes(stderr, "error: Stopped before the answer came\n");
});

Deno.test({
  name: "a connection that is lost before the answer: the same request comes again",
  ignore: !CAN_BE_LINKED,
}, async () => {
  await using queue = testQueue();
  await using link = await networkLink(PORT);
  const requests: AMQPMessage[] = [];
  const respond = (request: AMQPMessage, answer: Answer) => {
    requests.push(request);
    if (requests.length === 1) link.reset();
    else answer("at last");
  };
  await withResponder(queue.name, respond, async () => {
    const broker = setBroker({ host: `127.0.0.1:${link.port}` });
    const args = [...broker, ...queue.args, ...awaiting()];
    const { stdout, stderr } = await succeed("send", args, LOGIN);
    assertEquals(stdout, " [.] Got 'at last'\n");
    assertMatch(stderr, /^ \[\*\] Lost the connection .*\n \[\*\] Connected to .*\n/m);
    assertEquals(stderr.match(/Requested/g)?.length, 1);
  });
  const ids = requests.map(({ properties: of }) => `${of.messageId} ${of.correlationId}`);
  assertEquals([ids.length, new Set(ids).size], [2, 1]);
});

Deno.test({
  name: "the time for an answer does not begin anew with each connection",
  ignore: !CAN_BE_LINKED,
}, async () => {
  await using queue = testQueue();
  await using link = await networkLink(PORT);
  await withResponder(queue.name, () => link.reset(), async () => {
    const broker = setBroker({ host: `127.0.0.1:${link.port}` });
    const args = [...broker, ...queue.args, ...awaiting("3s")];
    const { code, stdout, stderr } = await run("send", args, LOGIN);
    assertEquals({ code, stdout }, { code: 4, stdout: "" });
    assertStringIncludes(stderr, "error: No answer within 3 s\n");
    assert(link.accepted > 1, stderr);
  });
});

Deno.test({
  name: "an answer that cannot be written is a failure: exit 1",
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using queue = testQueue();
  await withResponder(queue.name, (_, answer) => answer("lost"), async () => {
    const { code, stderr } = await run("send", [...queue.args, ...awaiting()], {
      shell: 'exec "$@" >/dev/full',
    });
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, "error: Cannot write the answer to standard output: ");
  });
});

Deno.test("--lines waits for no answers: exit 2", async () => {
  const { code, stderr } = await run("send", ["--lines", "-", ...awaiting()], { stdin: "a\n" });
  assertEquals(code, 2);
  assertStringIncludes(stderr, "error: --lines sends without waiting for answers\n");
});
