/** What the tests of queues, exchanges and bindings share. */
import { assert, assertEquals } from "@std/assert";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { withChannel } from "./queues.ts";
import { NODE } from "./node_settings.ts";
import { run, TEST_URL } from "./scripts.ts";

/** `--set key=value` for each entry. */
export function set(settings: Record<string, unknown>): string[] {
  return Object.entries(settings).flatMap(([key, value]) => [
    "--set",
    `${key}=${JSON.stringify(value)}`,
  ]);
}

/** Runs a script that the broker must refuse, and returns what it says. */
export async function refused(
  task: "send" | "receive",
  settings: Record<string, unknown>,
): Promise<string> {
  const { code, stdout, stderr } = await run(task, set(settings));
  assertEquals({ code, stdout }, { code: 5, stdout: "" }, stderr);
  assert(!/^ {4}at /m.test(stderr), stderr);
  return stderr;
}

/** Rows of `rabbitmqctl list_…` whose name is one of these. */
export async function list(what: string, columns: string, names: string[]): Promise<string[][]> {
  const node = await attachLocalRabbitmq(NODE);
  const rows = (await node.rabbitmqctl(what, "name", ...columns.split(" "))).split("\n");
  return rows.map((row) => row.split("\t")).filter(([name = ""]) => names.includes(name)).sort();
}

/** Declares an exchange with a name of its own, which is deleted at the end of a test. */
export async function testExchange(
  type: string,
  { durable = true }: { durable?: boolean } = {},
): Promise<AsyncDisposable & { name: string }> {
  const name = `amqp-tasks.test.${crypto.randomUUID()}`;
  await withChannel(TEST_URL, async (channel) => {
    await channel.exchangeDeclare(name, type, { durable, autoDelete: false });
  });
  return {
    name,
    [Symbol.asyncDispose]: () =>
      withChannel(TEST_URL, async (channel) => void await channel.exchangeDelete(name)),
  };
}
