import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { parseConfig } from "../../lib/config.ts";
import type { Connection } from "../../lib/connection.ts";
import { ConnectionError, TopologyError } from "../../lib/errors.ts";
import { declareTopology } from "../../lib/topology.ts";

type Call = [method: string, ...args: unknown[]];

/** A connection whose channels note what they are asked, and refuse with `refusals` in turn. */
function fake(...refusals: (string | undefined)[]): { calls: Call[]; connection: Connection } {
  const calls: Call[] = [];
  const answer = (method: string) => (...args: unknown[]) => {
    calls.push([method, ...args]);
    const refusal = method === "queueBind" ? undefined : refusals.shift();
    if (refusal !== undefined) return Promise.reject(new Error(`channel 1 closed: ${refusal}`));
    return Promise.resolve({ name: args[0] === "" ? "amq.gen-1" : args[0] });
  };
  const channel = {
    queueDeclare: answer("queueDeclare"),
    exchangeDeclare: answer("exchangeDeclare"),
    queueBind: answer("queueBind"),
  };
  const connection = { channel: () => Promise.resolve(channel) };
  return { calls, connection: connection as unknown as Connection };
}

const inequivalent = (arg: string, received: string, current: string) =>
  `PRECONDITION_FAILED - inequivalent arg '${arg}' for queue 'q' in vhost '/': ` +
  `received ${received} but current is ${current} (406)`;

const declare = (yaml: string, connection: Connection, role: "send" | "receive" = "receive") =>
  declareTopology(connection, parseConfig(yaml), role);

Deno.test("declareTopology() declares exchange, queue and bindings in this order", async () => {
  const { calls, connection } = fake();
  const { queue } = await declare(
    `
exchange: {name: e, type: topic, arguments: {alternate-exchange: a}}
queue:
  name: q
  arguments: {x-max-length: 3000000000}
  bindings: [{routing_key: 'a.#'}, {exchange: f, arguments: {x-match: any}}]`,
    connection,
  );
  assertEquals(queue, "q");
  const flags = { passive: false, durable: true, autoDelete: false };
  assertEquals(calls, [
    [
      "exchangeDeclare",
      "e",
      "topic",
      { ...flags, internal: false },
      { "alternate-exchange": "a" },
    ],
    ["queueDeclare", "q", { ...flags, exclusive: false }, {
      "x-queue-type": "quorum",
      "x-max-length": 3_000_000_000n,
    }],
    ["queueBind", "q", "e", "a.#", {}],
    ["queueBind", "q", "f", "", { "x-match": "any" }],
  ]);
});

Deno.test("declareTopology() says nothing of the type when it is classic or passive", async () => {
  for (const rest of ["type: classic", "passive: true", "durable: false"]) {
    const { calls, connection } = fake();
    await declare(`queue: {name: q, ${rest}}`, connection);
    assertEquals(calls[0]?.[3], {});
  }
});

Deno.test("declareTopology() binds the queue that the broker has named", async () => {
  const { calls, connection } = fake();
  const yaml = "exchange: {name: e}\nqueue: {name: '', bindings: [{}]}";
  assertEquals((await declare(yaml, connection)).queue, "amq.gen-1");
  assertEquals(calls.at(-1), ["queueBind", "amq.gen-1", "e", "", {}]);
});

Deno.test("declareTopology() leaves a queue without name to the receiver", async () => {
  const { calls, connection } = fake();
  const yaml = "exchange: {name: e}\nqueue: {name: '', bindings: [{}]}";
  assertEquals((await declare(yaml, connection, "send")).queue, "");
  assertEquals(calls.map(([method]) => method), ["exchangeDeclare"]);
});

Deno.test("declareTopology() finds every difference, though the broker names one at a time", async () => {
  const { calls, connection } = fake(
    inequivalent("durable", "'true'", "'false'"),
    inequivalent("x-queue-type", "the value 'quorum' of type 'longstr'", "none"),
    inequivalent("x-max-length", "the value '5' of type 'signedint'", "none"),
    inequivalent("x-expires", "none", "the value '60000' of type 'signedint'"),
  );
  const error = await assertRejects(
    () => declare("queue: {name: q, arguments: {x-max-length: 5}}", connection),
    TopologyError,
  );
  assertEquals(
    error.message,
    `The queue 'q' exists, but not as the config describes it:
  queue.durable: false at the broker, true in the config
  queue.type: classic at the broker, quorum in the config
  queue.arguments.x-max-length: not set at the broker, 5 in the config
  queue.arguments.x-expires: 60000 at the broker, not set in the config`,
  );
  const last = calls.at(-1) ?? [];
  assertEquals([(last[2] as { durable: boolean }).durable, last[3]], [false, {
    "x-expires": 60_000,
  }]);
});

Deno.test("declareTopology() ends when the broker names the same difference again", async () => {
  const refusal = inequivalent("x-odd", "'1'", "'2'");
  const { calls, connection } = fake(refusal, refusal, refusal);
  await assertRejects(() => declare("queue: {name: q}", connection), TopologyError, "x-odd: 2");
  assertEquals(calls.length, 2);
});

Deno.test("declareTopology() explains a refusal that is no difference", async () => {
  const { connection } = fake("NOT_FOUND - no queue 'q' in vhost '/' (404)");
  const yaml = "queue: {name: q, passive: true}";
  const error = await assertRejects(() => declare(yaml, connection), TopologyError);
  assertEquals(error.message, "The broker refused: NOT_FOUND - no queue 'q' in vhost '/'");
});

Deno.test("declareTopology() fails so that it is tried again when the queue's node is down", async () => {
  const { connection } = fake(
    "NOT_FOUND - home node 'rabbit@b' of durable queue 'q' in vhost '/' is down or inaccessible (404)",
  );
  const error = await assertRejects(() => declare("queue: {name: q}", connection));
  assertInstanceOf(error, ConnectionError);
  assertEquals(error.retryable, true);
});

Deno.test("declareTopology() passes on what is no reply", async () => {
  const connection = { channel: () => Promise.reject(new Error("Socket closed")) };
  const error = await assertRejects(
    () => declare("queue: {name: q}", connection as unknown as Connection),
    Error,
  );
  assertEquals(error.message, "Socket closed");
});
