import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { parseConfig } from "../../lib/config.ts";
import { ConnectionError, PublishError, TopologyError } from "../../lib/errors.ts";
import { explainChannelClosed, explainRefusal } from "../../lib/refusal.ts";

const QUEUE = "queue: {name: q}";
const EXCHANGE_TYPE =
  "Check exchange.type; the types of plugins exist only where the plugin is enabled";
const TRANSIENT = "This broker takes no queue that is neither durable nor exclusive: remove " +
  "queue.durable: false, or set queue.exclusive: true";
const PERMISSION =
  "Ask for the permission (rabbitmqctl set_permissions), or, where only declaring " +
  "is forbidden, set passive: true";

const reason = (text: string, code: number) => `channel 1 closed: ${text} (${code})`;

/** A reply's text is an AMQP short string: RabbitMQ cuts longer ones. */
const cut = (text: string) => text.length > 255 ? `${text.slice(0, 252)}...` : text;

// As rabbit_deprecated_features.erl has them, for RabbitMQ 4.0 to 4.2 and from 4.3 on.
const DENIED_BY_CONFIG = cut(
  "INTERNAL_ERROR - Feature `transient_nonexcl_queues` is deprecated.\n" +
    "Its use is not permitted per the configuration (overriding the default, which is permitted):\n" +
    '    "deprecated_features.permit.transient_nonexcl_queues = false"\n' +
    "Its use will not be permitted by default in a future minor RabbitMQ version",
);
const DENIED_BY_DEFAULT = cut(
  "INTERNAL_ERROR - Feature `transient_nonexcl_queues` is deprecated.\n" +
    "By default, this feature is not permitted anymore.\n" +
    "The feature will be removed from a future major RabbitMQ version, regardless of the " +
    "configuration; actual version to be determined.\nTo continue using this feature",
);

/** Code, text, config, and the cure. The texts are RabbitMQ's own. */
const REFUSALS: [code: number, text: string, config: string, cure: string][] = [
  [
    403,
    "ACCESS_REFUSED - access to queue 'q' in vhost '/' refused for user 'u'",
    QUEUE,
    PERMISSION,
  ],
  [
    403,
    "ACCESS_REFUSED - queue name 'amq.q' contains reserved prefix 'amq.*'",
    "queue: {name: amq.q}",
    "Names that begin with amq. are the broker's own: choose another one",
  ],
  [
    403,
    "ACCESS_REFUSED - cannot publish to internal exchange 'e' in vhost '/'",
    "exchange: {name: e, internal: true}",
    "Only other exchanges publish to an internal one: remove exchange.internal, or publish to an " +
    "exchange that is bound to it",
  ],
  [
    403,
    "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use",
    QUEUE,
    "Another consumer has the queue for itself: stop that one, or choose another queue.name",
  ],
  [404, "NOT_FOUND - no queue 'q' in vhost '/'", QUEUE, "Check queue.name"],
  [
    404,
    "NOT_FOUND - no queue 'q' in vhost '/'",
    "queue: {name: q, passive: true}",
    "Check queue.name, or remove queue.passive to let it be declared",
  ],
  [
    404,
    "NOT_FOUND - no exchange 'e' in vhost '/'",
    QUEUE,
    "Check exchange.name, and the exchange of queue.bindings",
  ],
  [
    404,
    "NOT_FOUND - no exchange 'e' in vhost '/'",
    "exchange: {name: e, passive: true}",
    "Check exchange.name, or remove exchange.passive to let it be declared",
  ],
  [
    405,
    "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q' in vhost '/'",
    QUEUE,
    "Another connection has it for itself (exclusive): stop that one, or choose another queue.name",
  ],
  [
    406,
    "PRECONDITION_FAILED - invalid arg 'x-max-length' for queue 'q' in vhost '/'",
    QUEUE,
    "Check the arguments of queue and exchange, and message.properties",
  ],
  [406, "PRECONDITION_FAILED - unknown exchange type 't'", "exchange: {name: e}", EXCHANGE_TYPE],
  [503, "COMMAND_INVALID - unknown exchange type 't'", "exchange: {name: e}", EXCHANGE_TYPE],
  [503, "COMMAND_INVALID - something", QUEUE, "Check exchange and queue in the config"],
  [541, DENIED_BY_CONFIG, "queue: {name: q, durable: false}", TRANSIENT],
  [541, DENIED_BY_DEFAULT, "queue: {name: q, durable: false}", TRANSIENT],
  [
    540,
    "NOT_IMPLEMENTED - something",
    QUEUE,
    "Check queue, exchange and queue.bindings: this broker does not allow it",
  ],
];

for (const [code, text, config, cure] of REFUSALS) {
  Deno.test(
    `explainRefusal() says what to do at ${code} when the config is ${config}: ${
      text.slice(0, 60)
    }`,
    () => {
      const error = explainRefusal(new Error(reason(text, code)), parseConfig(config));
      assertInstanceOf(error, TopologyError);
      assertEquals(
        error.message,
        `The broker refused: "${text.replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`,
      );
      assertEquals([error.cure, error.exitCode], [cure, 5]);
      assertEquals(explainChannelClosed(reason(text, code), parseConfig(config)).cure, cure);
    },
  );
}

Deno.test("explainRefusal() escapes the broker's text", () => {
  const text = "NOT_FOUND - no queue '\x1b[2J\u202e' in vhost '/'";
  const error = explainRefusal(reason(text, 404), parseConfig(QUEUE));
  assertEquals(
    error?.message,
    `The broker refused: "NOT_FOUND - no queue '\\x1b[2J\\u{202e}' in vhost '/'"`,
  );
});

/** What is no refusal: it passes, and connecting again may help. */
const PASSING: [code: number, text: string][] = [
  [320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"],
  [541, "INTERNAL_ERROR - something"],
  [
    406,
    "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: " +
    "1800000 ms. This timeout value can be configured",
  ],
  [
    404,
    "NOT_FOUND - home node 'rabbit@b' of durable queue 'q' in vhost '/' is down or inaccessible",
  ],
  [404, "NOT_FOUND - failed to perform operation on queue 'q' in vhost '/' due to timeout"],
  [404, "NOT_FOUND - queue 'q' in vhost '/' process is stopped by supervisor"],
];

for (const [code, text] of PASSING) {
  Deno.test(
    `explainRefusal() returns undefined at ${code} when it passes: ${text.slice(0, 60)}`,
    () => {
      const config = parseConfig(QUEUE);
      assertEquals(explainRefusal(new Error(reason(text, code)), config), undefined);
      const error = explainChannelClosed(reason(text, code), config);
      assertInstanceOf(error, ConnectionError);
      assertEquals(error.message, `Lost the channel: ${text}`);
      assert(error.retryable);
    },
  );
}

Deno.test("explainRefusal() returns undefined when the broker said nothing", () => {
  for (const error of [new Error("Socket closed"), "closed", undefined]) {
    assertEquals(explainRefusal(error, parseConfig(QUEUE)), undefined);
  }
});

Deno.test("explainChannelClosed() blames the message when the broker does", () => {
  for (
    const text of [
      "PRECONDITION_FAILED - message size 9 is larger than configured max size 8",
      "PRECONDITION_FAILED - user_id property set to 'u' but authenticated user was 'guest'",
      "PRECONDITION_FAILED - invalid expiration 'x'",
    ]
  ) {
    const error = explainChannelClosed(reason(text, 406), parseConfig(QUEUE));
    assertInstanceOf(error, PublishError);
    assertEquals(error.message, `The broker refused a message: "${text}"`);
    assertEquals(error.cure, "Check its size and message.properties");
  }
});
