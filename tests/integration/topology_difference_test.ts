import { assertEquals, assertStringIncludes } from "@std/assert";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { BROKER, LOGIN, setBroker } from "../support/broker_login.ts";
import { NODE } from "../support/node_settings.ts";
import { testQueue, withChannel } from "../support/queues.ts";
import { run, succeed, TEST_URL } from "../support/scripts.ts";
import { list, refused, set, testExchange } from "../support/topology.ts";

interface Difference {
  name: string;
  existing: {
    durable?: boolean;
    autoDelete?: boolean;
    arguments?: Record<string, string | number | boolean>;
  };
  settings: Record<string, unknown>;
  differences: string[];
  adopt: string[];
}

const DIFFERENCES: Difference[] = [
  {
    name: "durable and type, as an old tutorial declared it",
    existing: { durable: false },
    settings: {},
    differences: [
      "queue.durable: false at the broker, true in the config",
      "queue.type: classic at the broker, quorum in the config",
    ],
    adopt: ["queue.durable: false", "queue.type: classic"],
  },
  {
    name: "several arguments at once",
    existing: { arguments: { "x-expires": 600_000, "x-message-ttl": 1_000, "x-max-length": 5 } },
    settings: {
      "queue.type": "classic",
      "queue.arguments": { "x-max-length": 6, "x-message-ttl": 1_000, "x-overflow": "drop-head" },
    },
    differences: [
      "queue.arguments.x-expires: 600000 at the broker, not set in the config",
      "queue.arguments.x-max-length: 5 at the broker, 6 in the config",
      "queue.arguments.x-overflow: not set at the broker, drop-head in the config",
    ],
    adopt: [
      "queue.arguments.x-expires: 600000",
      "queue.arguments.x-max-length: 5",
      "queue.arguments.x-overflow: (remove it)",
    ],
  },
  {
    name: "auto_delete, and an argument with an apostrophe",
    existing: { autoDelete: true, arguments: { "x-dead-letter-exchange": "it's" } },
    settings: { "queue.type": "classic" },
    differences: [
      "queue.auto_delete: true at the broker, false in the config",
      "queue.arguments.x-dead-letter-exchange: it's at the broker, not set in the config",
    ],
    adopt: ["queue.auto_delete: true", "queue.arguments.x-dead-letter-exchange: it's"],
  },
];

for (const { name, existing, settings, differences, adopt } of DIFFERENCES) {
  Deno.test(`a queue that differs is refused, and stays as it is: ${name}`, async () => {
    await using queue = testQueue();
    const { durable = true, autoDelete = false } = existing;
    await withChannel(TEST_URL, async (channel) => {
      await channel.queueDeclare(queue.name, { durable, autoDelete }, existing.arguments);
    });
    const columns = "type durable auto_delete arguments";
    const before = NODE && await list("list_queues", columns, [queue.name]);

    assertEquals(
      await refused("send", { "queue.name": queue.name, ...settings }),
      [
        `error: The queue '${queue.name}' exists, but not as the config describes it:`,
        ...differences.map((line) => `  ${line}`),
        "  Either use the queue as it is:",
        ...adopt.map((line) => `    ${line}`),
        "    (or queue.passive: true, which compares nothing)",
        "  or delete it, with the messages in it, and let it be declared anew:",
        `    rabbitmqctl delete_queue ${queue.name}`,
        `    (with deno task broker: deno task rabbitmqctl delete_queue ${queue.name})`,
        "  or choose another queue.name",
        "",
      ].join("\n"),
    );
    if (NODE) assertEquals(await list("list_queues", columns, [queue.name]), before || []);
  });
}

Deno.test("an exchange that differs is refused; its queue is not declared either", async () => {
  await using queue = testQueue();
  await using exchange = await testExchange("fanout", { durable: false });
  const { name } = exchange;
  assertEquals(
    await refused("receive", { "queue.name": queue.name, exchange: { name, type: "topic" } }),
    `error: The exchange '${name}' exists, but not as the config describes it:
  exchange.type: fanout at the broker, topic in the config
  exchange.durable: false at the broker, true in the config
  Either use the exchange as it is:
    exchange.type: fanout
    exchange.durable: false
    (or exchange.passive: true, which compares nothing)
  or delete it and let it be declared anew:
    rabbitmqadmin delete exchange name=${name}
  or choose another exchange.name
`,
  );
  if (!NODE) return;
  assertEquals(await list("list_queues", "type", [queue.name]), []);
  assertEquals(await list("list_exchanges", "type durable", [name]), [[name, "fanout", "false"]]);
});

Deno.test({
  name: "the command that deletes the queue names its virtual host",
  ignore: !NODE,
}, async () => {
  const node = await attachLocalRabbitmq(NODE);
  const vhost = `vhost ${crypto.randomUUID()}`;
  await node.rabbitmqctl("add_vhost", vhost);
  try {
    await node.rabbitmqctl("set_permissions", "--vhost", vhost, "guest", ".*", ".*", ".*");
    const args = [...setBroker({ host: BROKER.host, vhost }), ...set({ "queue.name": "q" })];
    await succeed("send", args, LOGIN);
    const classic = set({ "queue.type": "classic" });
    const { stderr } = await run("send", [...args, ...classic], LOGIN);
    assertStringIncludes(stderr, `\n    rabbitmqctl delete_queue --vhost '${vhost}' q\n`);
  } finally {
    await node.rabbitmqctl("delete_vhost", vhost);
  }
});
