import { assertEquals, assertStringIncludes } from "@std/assert";
import { explainMismatch } from "../../lib/refusal.ts";

Deno.test("explainMismatch() shows each difference and both ways out of it", () => {
  const error = explainMismatch("queue", "it's", [
    { property: "durable", wanted: "true", current: "false" },
    { property: "x-queue-type", wanted: "quorum", current: undefined },
    { property: "x-max-length", wanted: undefined, current: "5" },
    { property: "x-expires", wanted: "60000", current: undefined },
  ]);
  assertEquals(
    error.message,
    `The queue 'it\\'s' exists, but not as the config describes it:
  queue.durable: false at the broker, true in the config
  queue.type: classic at the broker, quorum in the config
  queue.arguments.x-max-length: 5 at the broker, not set in the config
  queue.arguments.x-expires: not set at the broker, 60000 in the config`,
  );
  assertEquals(
    error.cure,
    `Either use the queue as it is:
  queue.durable: false
  queue.type: classic
  queue.arguments.x-max-length: 5
  queue.arguments.x-expires: (remove it)
  (or queue.passive: true, which compares nothing)
or delete it, with the messages in it, and let it be declared anew:
  rabbitmqctl delete_queue 'it'\\''s'
  (with deno task broker: deno task rabbitmqctl delete_queue 'it'\\''s')
or choose another queue.name`,
  );
});

Deno.test("explainMismatch() names an exchange's own keys and command", () => {
  const { message, cure } = explainMismatch("exchange", "logs", [
    { property: "type", wanted: "topic", current: "fan\x1bout" },
    { property: "alternate-exchange", wanted: "a", current: undefined },
  ]);
  assertStringIncludes(message, "  exchange.type: fan\\x1bout at the broker, topic in the config");
  assertStringIncludes(cure, "  exchange.arguments.alternate-exchange: (remove it)");
  assertStringIncludes(cure, "  rabbitmqadmin delete exchange name=logs\n");
});
