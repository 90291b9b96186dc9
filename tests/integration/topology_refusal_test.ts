import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { BROKER, LOGIN, PORT, setBroker } from "../support/broker_login.ts";
import { NODE } from "../support/node_settings.ts";
import { testQueue, withChannel } from "../support/queues.ts";
import { run, TEST_URL } from "../support/scripts.ts";
import { networkLink } from "../support/network_link.ts";
import { refused, set } from "../support/topology.ts";

const isElsewhere = !["localhost", "127.0.0.1"].includes(BROKER.hostname);

const REFUSALS = [
  {
    name: "a passive queue that does not exist",
    settings: { "queue.passive": true },
    error: /NOT_FOUND - no queue '.*' in vhost '\/'"$/,
    cure: "Check queue.name, or remove queue.passive to let it be declared",
  },
  {
    name: "a passive exchange that does not exist",
    settings: { exchange: { name: "amqp-tasks.nowhere", passive: true } },
    error: /NOT_FOUND - no exchange 'amqp-tasks.nowhere' in vhost '\/'"$/,
    cure: "Check exchange.name, or remove exchange.passive to let it be declared",
  },
  {
    name: "a binding to an exchange that does not exist",
    settings: { "queue.bindings": [{ exchange: "amqp-tasks.nowhere" }] },
    error: /NOT_FOUND - no exchange 'amqp-tasks.nowhere' in vhost '\/'"$/,
    cure: "Check exchange.name, and the exchange of queue.bindings",
  },
  {
    name: "a queue name that is the broker's own",
    settings: { "queue.name": "amq.hello" },
    error: /ACCESS_REFUSED - queue name 'amq.hello' contains reserved prefix 'amq\.\*'"$/,
    cure: "Names that begin with amq. are the broker's own: choose another one",
  },
  {
    name: "an exchange name that is the broker's own",
    settings: { exchange: { name: "amq.hello" } },
    error: /ACCESS_REFUSED - exchange name 'amq.hello' contains reserved prefix 'amq\.\*'"$/,
    cure: "Names that begin with amq. are the broker's own: choose another one",
  },
  {
    name: "an argument that the queue type does not know",
    settings: { "queue.arguments": { "x-max-priority": 5 } },
    error: /PRECONDITION_FAILED - invalid arg 'x-max-priority' for queue/,
    cure: "Check the arguments of queue and exchange",
  },
];

for (const { name, settings, error, cure } of REFUSALS) {
  Deno.test(`${name} is refused with 5 by send and receive`, async () => {
    await using queue = testQueue();
    for (const task of ["send", "receive"] as const) {
      const [first = "", second = "", ...others] =
        (await refused(task, { "queue.name": queue.name, ...settings })).trimEnd().split("\n");
      assertMatch(first, error);
      assert(first.startsWith('error: The broker refused: "'), first);
      assertStringIncludes(second, `  ${cure}`);
      assertEquals(others, []);
    }
  });
}

Deno.test({
  name: "an exchange type that does not exist ends the run at once, without a second connection",
  ignore: isElsewhere,
}, async () => {
  await using proxy = await networkLink(PORT);
  const name = `amqp-tasks.test.${crypto.randomUUID()}`;
  const settings = setBroker({ host: `127.0.0.1:${proxy.port}`, retry: "30s" });
  const exchange = set({ exchange: { name, type: "topik" } });
  const { code, stderr } = await run("send", [...settings, ...exchange], LOGIN);
  assertEquals(
    stderr,
    `error: The broker refused: "COMMAND_INVALID - unknown exchange type 'topik'"
  Check exchange.type; the types of plugins exist only where the plugin is enabled
`,
  );
  assertEquals({ code, connections: proxy.accepted }, { code: 5, connections: 1 });
});

Deno.test("a queue that another connection has for itself is refused with 405", async () => {
  const name = `amqp-tasks.test.${crypto.randomUUID()}`;
  await withChannel(TEST_URL, async (channel) => {
    await channel.queueDeclare(name, { exclusive: true, durable: false });
    const settings = { "queue.name": name, "queue.exclusive": true, "queue.durable": false };
    const said = await refused("receive", settings);
    assertStringIncludes(said, "RESOURCE_LOCKED - cannot obtain exclusive access");
    assertStringIncludes(said, "Another connection has it for itself (exclusive): stop that one");
  });
});

Deno.test("exclusive for a queue that is not exclusive is refused, and the cure fits", async () => {
  await using queue = testQueue();
  await queue.fill(["kept"]);
  const said = await refused("receive", { "queue.name": queue.name, "queue.exclusive": true });
  assertStringIncludes(said, "RESOURCE_LOCKED - cannot obtain exclusive access");
  assertStringIncludes(said, "remove queue.exclusive");
  assertEquals(await queue.count(), 1);
});

Deno.test({
  name: "what the user may not do is refused with 403, and the cure names the way",
  ignore: !NODE,
}, async (t) => {
  const node = await attachLocalRabbitmq(NODE);
  await using queue = testQueue();
  await queue.fill(["kept"]);
  const user = `user ${crypto.randomUUID()}`;
  const login = { url: null, env: { AMQP_USER: user, AMQP_PASSWORD: "secret" } };
  await node.rabbitmqctl("add_user", user, "secret");
  try {
    for (
      const { forbidden, permissions, task, settings } of [
        { forbidden: "declaring", permissions: ["", ".*", ".*"], task: "send", settings: {} },
        {
          forbidden: "publishing",
          permissions: ["", "", ".*"],
          task: "send",
          settings: { "queue.passive": true },
        },
        {
          forbidden: "receiving",
          permissions: ["", ".*", ""],
          task: "receive",
          settings: { "queue.passive": true },
        },
      ] as const
    ) {
      await t.step(forbidden, async () => {
        await node.rabbitmqctl("set_permissions", user, ...permissions);
        const args = [...setBroker({ host: BROKER.host }), ...queue.args, ...set(settings)];
        const { code, stderr } = await run(task, args, login);
        assertEquals(code, 5, stderr);
        assertMatch(stderr, /^error: The broker refused: "ACCESS_REFUSED - access to .* refused/);
        assertStringIncludes(stderr, "\n  Ask for the permission (rabbitmqctl set_permissions)");
      });
    }
  } finally {
    await node.rabbitmqctl("delete_user", user);
  }
  assertEquals(await queue.count(), 1);
});
