import { assert, assertEquals } from "@std/assert";
import type { DeliveredMessage, Properties } from "../../lib/client_types.ts";
import { parseConfig } from "../../lib/config.ts";
import { attemptOf, Failures, revive } from "../../lib/failures.ts";

function delivered(properties: Properties, body = "x"): DeliveredMessage {
  return {
    exchange: "logs",
    routingKey: "kern.info",
    properties,
    body: new TextEncoder().encode(body),
  } as DeliveredMessage;
}

const config = parseConfig("queue: {name: q}\nreceive: {retry: {attempts: 2, delay: 1m}}");
const failures = new Failures(config, "q");

Deno.test("a copy for a retry goes to the queue of that delay, as the next attempt", () => {
  const { copy: message, fate } = failures.copy(delivered({ messageId: "1" }), "no");
  assertEquals([message.exchange, message.routingKey], ["", "q.retry.60000ms"]);
  assertEquals(message.properties.messageId, "1");
  assertEquals(message.properties.headers?.["x-attempt"], 2);
  assertEquals(fate, "attempt 1 of 2, tried again in 60 s");
});

Deno.test("a copy of the last attempt is dead-lettered, and says where it came from at first", () => {
  const first = failures.copy(delivered({ messageId: "1" }), "no").copy;
  const again = { ...delivered(first.properties), exchange: "", routingKey: "q" };
  const { copy: message, fate } = failures.copy(again as DeliveredMessage, "still no");
  assertEquals(message.routingKey, "q.dead-letter");
  const { "x-failed-at": at, ...headers } = message.properties.headers ?? {};
  assert(at instanceof Date);
  assertEquals(headers, {
    "x-attempt": 2,
    "x-failed-exchange": "logs",
    "x-failed-queue": "q",
    "x-failed-reason": "still no",
    "x-failed-routing-key": "kern.info",
  });
  assertEquals(fate, "attempt 2 of 2, dead-lettered to q.dead-letter");
});

Deno.test("a copy does not expire, belong to a user, or go to other queues again", () => {
  const headers = { "CC": ["other"], "x-death": [{}], "x-delivery-count": 1, "own": 1 };
  const properties = { messageId: "1", expiration: "5", userId: "me", headers };
  const { copy: message } = failures.copy(delivered(properties), "no");
  const { expiration, userId, headers: copied = {} } = message.properties;
  assertEquals([expiration, userId], [undefined, undefined]);
  assertEquals(Object.keys(copied).filter((name) => !/^x-(failed|attempt)/.test(name)), ["own"]);
  assertEquals(copied["x-failed-expiration"], "5");
  assertEquals(copied["x-failed-user-id"], "me");
});

Deno.test("a bare copy keeps all but headers and what is longer than AMQP has room for", () => {
  const kept = { messageId: "1", contentType: "é".repeat(127), deliveryMode: 2, priority: 0 };
  const lost = { correlationId: "é".repeat(128), headers: { own: 1, "x-attempt": 1 } };
  const message = delivered({ ...kept, ...lost });
  const { headers = {}, ...properties } = failures.copy(message, "no", { isBare: true }).copy
    .properties;
  assertEquals(properties, kept);
  assertEquals(headers["x-attempt"], 2);
  assertEquals("own" in headers, false);
});

Deno.test("a reason is cut to what fits into a header, and a message without an id gets one", () => {
  const { copy: message } = failures.copy(delivered({}), "no".repeat(10_000));
  assertEquals(String(message.properties.headers?.["x-failed-reason"]).length, 1_000);
  assert(message.properties.messageId);
});

Deno.test("revive() makes of a dead letter the message that it was", () => {
  const properties = { messageId: "1", expiration: "5", priority: 2, headers: { own: "header" } };
  const dead = failures.copy(delivered(properties), "no").copy;
  const revived = revive(delivered(dead.properties), "fallback");
  assertEquals(revived.routingKey, "q");
  assertEquals(revived.properties, properties);
});

Deno.test("revive() sends what somebody else has dead-lettered to the config's queue", () => {
  assertEquals(revive(delivered({ messageId: "1" }), "fallback").routingKey, "fallback");
});

Deno.test("attemptOf() is 1 unless the message has failed in this queue before", () => {
  const attempt = (headers: NonNullable<Properties["headers"]>) =>
    attemptOf(delivered({ headers }), "q");
  assertEquals(attempt({ "x-attempt": 3, "x-failed-queue": "q" }), 3);
  for (const value of ["3", 0, -1]) {
    assertEquals(attempt({ "x-attempt": value, "x-failed-queue": "q" }), 1);
  }
  assertEquals(attempt({ "x-attempt": 3, "x-failed-queue": "other" }), 1);
  assertEquals(attempt({ "x-attempt": 3 }), 1);
  assertEquals(attempt({}), 1);
});

Deno.test("a copy keeps headers of every type, also large integers", () => {
  const date = new Date(5_000);
  const headers = { big: 3_000_000_000, deep: { list: [4_000_000_000] }, date, half: 1.5 };
  const { copy } = failures.copy(delivered({ messageId: "1", headers }), "no");
  const { big, deep, date: kept, half } = copy.properties.headers ?? {};
  assertEquals([big, deep, kept, half], [3_000_000_000n, { list: [4_000_000_000n] }, date, 1.5]);
});

Deno.test("with isLast a copy is dead-lettered whatever its attempt", () => {
  const { copy } = failures.copy(delivered({ messageId: "1" }), "no", { isLast: true });
  assertEquals(copy.routingKey, "q.dead-letter");
});
