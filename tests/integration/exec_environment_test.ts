import { assertEquals } from "@std/assert";
import type { HandlerContext, ReceivedMessage } from "../../lib/handler.ts";
import { execHandler } from "../../lib/exec_handler.ts";
import { startExecScript } from "../support/exec_script.ts";
import { contextOf, received } from "../support/received.ts";

const INHERITED = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"];
const FULL = `received({
  body: new TextEncoder().encode("secret payload"),
  exchange: "orders",
  routingKey: "eu.new",
  redelivered: true,
  properties: {
    contentType: "text/plain",
    contentEncoding: "identity",
    headers: { big: 9007199254740993n, line: "a\\n\\u0000\\u202e" },
    deliveryMode: 2,
    priority: 5,
    correlationId: "c",
    replyTo: "",
    expiration: "5000",
    messageId: "m",
    timestamp: new Date(1_700_000_000_000),
    type: "t = 'ä'",
    userId: "u",
    appId: "a\\nb",
  },
})`;
const FULL_VARIABLES = {
  AMQP_MESSAGE_ID: "m",
  AMQP_CORRELATION_ID: "c",
  AMQP_REPLY_TO: "",
  AMQP_CONTENT_TYPE: "text/plain",
  AMQP_TYPE: "t = 'ä'",
  AMQP_APP_ID: "a\nb",
  AMQP_USER_ID: "u",
  AMQP_PRIORITY: "5",
  AMQP_TIMESTAMP: "1700000000",
  AMQP_EXPIRATION: "5000",
  AMQP_EXCHANGE: "orders",
  AMQP_ROUTING_KEY: "eu.new",
  AMQP_REDELIVERED: "true",
  AMQP_ATTEMPT: "2",
  AMQP_QUEUE: "new orders",
  AMQP_MESSAGE: '{"exchange":"orders","routing_key":"eu.new","redelivered":true,"properties":' +
    '{"content_type":"text/plain","content_encoding":"identity",' +
    '"headers":{"big":9007199254740993,"line":"a\\n\\u0000\\u202e"},' +
    '"delivery_mode":2,"priority":5,"correlation_id":"c","reply_to":"","expiration":"5000",' +
    '"message_id":"m","timestamp":1700000000,"type":"t = \'ä\'","user_id":"u","app_id":"a\\nb"}}',
};

/** What a command finds in its environment, in a process with these variables and flags. */
async function environmentIn(env: Record<string, string>, flags?: string[]) {
  const script = startExecScript(
    `const context = contextOf({ attempt: 2, queue: "new orders" });
     await execHandler(["env", "-0"])(${FULL}, context);`,
    { env, ...(flags && { flags }) },
  );
  const { stdout, stderr } = await script.ended();
  assertEquals(stderr, "");
  return parse(stdout);
}

/** What a command finds in its environment, run from here. */
async function environmentOf(
  message: Partial<ReceivedMessage>,
  context: Partial<HandlerContext> = {},
): Promise<Record<string, string>> {
  const properties = { replyTo: "answers", ...message.properties };
  const request = received({ ...message, properties });
  const answer = await execHandler(["env", "-0"])(request, contextOf(context));
  const env = parse(new TextDecoder().decode(answer as Uint8Array));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !INHERITED.includes(name)));
}

function parse(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split("\0").filter(Boolean).map((line) => {
      const [, name = "", value = ""] = /^(.*?)=(.*)$/s.exec(line) ?? [];
      return [name, value];
    }),
  );
}

const SECRETS = {
  AMQP_PASSWORD: "secret",
  AMQP_URL: "amqp://me:secret@host",
  AMQP_USER_ID: "ours",
  API_KEY: "secret",
};

Deno.test("a command's environment is the message's, a few variables of ours, and nothing else", async () => {
  const own = { LANG: "C.UTF-8", TZ: "UTC", TMPDIR: "/tmp" };
  const inherited = INHERITED.map((name) => [name, Deno.env.get(name)]).filter(([, value]) =>
    value
  );
  assertEquals(
    await environmentIn({ ...SECRETS, ...own }),
    { ...Object.fromEntries(inherited), ...own, ...FULL_VARIABLES },
  );
});

Deno.test("a command does not get a variable that we may not read", async () => {
  const flags = ["--no-prompt", "--allow-run", "--allow-env=AMQP_*,TZ"];
  const expected = { TZ: "UTC", ...FULL_VARIABLES };
  assertEquals(await environmentIn({ ...SECRETS, TZ: "UTC" }, flags), expected);
});

Deno.test("a command finds no variable for what a message does not have", async () => {
  assertEquals(await environmentOf({ routingKey: "k" }), {
    AMQP_REPLY_TO: "answers",
    AMQP_EXCHANGE: "",
    AMQP_ROUTING_KEY: "k",
    AMQP_REDELIVERED: "false",
    AMQP_ATTEMPT: "1",
    AMQP_QUEUE: "q",
    AMQP_MESSAGE: '{"exchange":"","routing_key":"k","redelivered":false,' +
      '"properties":{"reply_to":"answers"}}',
  });
});

Deno.test("a command finds what cannot be a variable, for its NUL, in AMQP_MESSAGE alone", async () => {
  const env = await environmentOf({ properties: { type: "a\0b", appId: "a" } });
  assertEquals([env.AMQP_TYPE, env.AMQP_APP_ID], [undefined, "a"]);
  assertEquals(JSON.parse(env.AMQP_MESSAGE ?? "").properties.type, "a\0b");
});

Deno.test("a command finds no AMQP_MESSAGE when its headers are too long for a variable", async () => {
  const room = 128 * 1024 - "AMQP_MESSAGE=\0".length;
  const rest = (await environmentOf({ properties: { headers: { ä: "" } } })).AMQP_MESSAGE ?? "";
  const longest = room - new TextEncoder().encode(rest).length;
  for (const [length, isThere] of [[longest, true], [longest + 1, false]] as const) {
    const env = await environmentOf({ properties: { headers: { ä: "x".repeat(length) } } });
    assertEquals([env.AMQP_MESSAGE !== undefined, env.AMQP_QUEUE], [isThere, "q"]);
  }
});
