import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ConfigError, publish } from "../../lib/mod.ts";
import { LOGIN, setBroker } from "../support/broker_login.ts";
import { configFor } from "../support/library.ts";
import { NODE } from "../support/node_settings.ts";
import { testQueue } from "../support/queues.ts";
import { run, start, succeed } from "../support/scripts.ts";
import { listen, serveTcp } from "../support/tcp_server.ts";
import { list, set, testExchange } from "../support/topology.ts";

Deno.test({
  name: "the defaults are legal together: quorum, but classic where quorum is impossible",
  ignore: !NODE,
}, async () => {
  const flags = ["exclusive", "auto_delete", "durable"];
  await using resources = new AsyncDisposableStack();
  const expected: string[][] = [];
  const receivers = [];
  for (let bits = 0; bits < 8; bits++) {
    const queue = resources.use(testQueue());
    const [exclusive, auto_delete, transient] = flags.map((_, at) => Boolean(bits & (1 << at)));
    const settings = {
      ...(exclusive && { "queue.exclusive": true }),
      ...(auto_delete && { "queue.auto_delete": true }),
      ...(transient && { "queue.durable": false }),
    };
    receivers.push(resources.use(start("receive", [...queue.args, ...set(settings)])));
    const type = bits === 0 ? "quorum" : "classic";
    // RabbitMQ keeps no exclusive queue over a restart, whatever was asked for.
    const isDurable = !transient && !exclusive;
    expected.push([queue.name, type, ...[exclusive, auto_delete, isDurable].map(String)]);
  }
  for (const receiver of receivers) await receiver.said("Waiting for messages");
  const names = expected.map(([name = ""]) => name);
  const rows = await list("list_queues", `type ${flags.join(" ")}`, names);
  // For a quorum queue, which cannot be exclusive, that column is empty.
  const found = rows.map((row) => row.map((value) => value || "false"));
  assertEquals(found, expected.sort());
  for (const receiver of receivers) receiver.kill("SIGTERM");
  for (const receiver of receivers) assertEquals((await receiver.ended()).code, 0);
});

Deno.test("a queue without a name is named by the broker, and is the receiver's own", async () => {
  await using exchange = await testExchange("fanout");
  const settings = set({ exchange: { name: exchange.name, type: "fanout" } });
  const own = set({ queue: { name: "", bindings: [{}] } });
  await using first = start("receive", [...settings, ...own, "--count", "1"]);
  await using second = start("receive", [...settings, ...own, "--count", "1"]);
  for (const receiver of [first, second]) await receiver.said("Waiting for messages");
  await succeed("send", [...settings, ...own, "to all"]);
  for (const receiver of [first, second]) {
    assertEquals((await receiver.ended()).stdout, " [x] Received 'to all'\n");
  }
  // The sender did not declare one that would be bound too, and the receivers' went with them.
  const { code, stderr } = await run("send", [...settings, ...own]);
  assertEquals(code, 4);
  assertStringIncludes(stderr, "unroutable");
});

Deno.test("bindings to a topic exchange route by pattern", async () => {
  await using queue = testQueue();
  await using exchange = await testExchange("topic");
  const settings = set({
    exchange: { name: exchange.name, type: "topic" },
    queue: { name: queue.name, bindings: [{ routing_key: "a.*" }, { routing_key: "#.z" }] },
  });
  for (const key of ["a.b", "c.z"]) {
    await succeed("send", [...settings, ...set({ "message.routing_key": key }), key]);
  }
  const other = [...settings, ...set({ "message.routing_key": "a.b.c" })];
  assertEquals((await run("send", other)).code, 4);
  const { stdout } = await succeed("receive", [...settings, "--count", "2"]);
  assertEquals(stdout, " [x] Received 'a.b'\n [x] Received 'c.z'\n");
});

Deno.test("bindings to a headers exchange route by the arguments of the binding", async () => {
  await using queue = testQueue();
  await using exchange = await testExchange("headers");
  const settings = set({
    exchange: { name: exchange.name, type: "headers" },
    queue: {
      name: queue.name,
      bindings: [{ arguments: { "x-match": "all", format: "pdf", pages: 2 } }],
    },
  });
  const fits = set({ "message.headers": { format: "pdf", pages: 2, more: true } });
  await succeed("send", [...settings, ...fits, "fits"]);
  const other = set({ "message.headers": { format: "pdf" } });
  assertEquals((await run("send", [...settings, ...other, "other"])).code, 4);
  const { stdout } = await succeed("receive", [...settings, "--count", "1"]);
  assertEquals(stdout, " [x] Received 'fits'\n");
  assertEquals(await queue.count(), 0);
});

for (
  const settings of [
    { "queue.name": 5 },
    { "queue.type": "quorom" },
    { "queue.exclusive": true, "queue.type": "quorum" },
    { "queue.arguments": { "x-max-lenght": 5 } },
    { "broker.hots": "localhost" },
    { "message.payload": null },
  ]
) {
  Deno.test(`the broker never sees a bad config: ${JSON.stringify(settings)}`, async () => {
    await using server = serveTcp(listen);
    const args = [...setBroker({ host: `127.0.0.1:${server.port}` }), ...set(settings)];
    for (const task of ["send", "receive"] as const) {
      const { code, stdout, stderr } = await run(task, args, LOGIN);
      assertEquals({ code, stdout }, { code: 2, stdout: "" }, stderr);
    }
    assertEquals(server.accepted, 0);
  });
}

// An error of its own that nobody handles would fail the test.
Deno.test("arguments that fit into no frame are an error of the config, and nothing else", async () => {
  await using exchange = await testExchange("direct");
  const config = configFor(`
exchange: {name: ${exchange.name}}
queue: {name: ${exchange.name}, arguments: {note: ${"x".repeat(5_000)}}}`);
  const error = await assertRejects(() => publish(config, []), ConfigError);
  assertStringIncludes(error.message, "exceed 4 KB");
});
