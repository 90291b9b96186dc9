import { assertEquals, assertThrows } from "@std/assert";
import { AMQPChannel } from "@cloudamqp/amqp-client";
import { Confirms, type Fate } from "../../lib/confirms.ts";
import type { Session } from "../../lib/declare_then_act.ts";
import type { OutgoingMessage } from "../../lib/message.ts";

function message(body: string): OutgoingMessage {
  const properties = { messageId: body };
  return { exchange: "", routingKey: "q", properties, body: new TextEncoder().encode(body) };
}

/** Confirms on a channel that only records. */
function recorder() {
  const writes: Uint8Array[] = [];
  const connection = {
    frameMax: 8_192,
    send: (bytes: Uint8Array) => {
      writes.push(bytes);
      return Promise.resolve();
    },
  };
  const channel = new AMQPChannel(connection as never, 1);
  let gotOn = 0;
  const session = { channel, getsOn: () => gotOn++ } as unknown as Session;
  const confirms = new Confirms(session, true);
  const fates: [name: string, fate: Fate][] = [];
  const publish = (...bodies: string[]) => {
    for (const body of bodies) {
      confirms.publish(message(body), (fate) => fates.push([body, fate]));
    }
  };
  /** The fates since the last look. */
  const told = () => fates.splice(0).map(([name, fate]) => [name, String(fate)]);
  return { channel, confirms, publish, told, writes, getsOn: () => gotOn };
}

const REJECTED = "Error: Message rejected";

Deno.test("Confirms tells of one message, or with multiple of all up to it, in order", () => {
  const { channel, publish, told, getsOn } = recorder();
  publish("1", "2", "3", "4", "5");
  channel.publishConfirmed(2, false, false);
  assertEquals(told(), [["2", "undefined"]]);
  channel.publishConfirmed(4, true, false);
  assertEquals(told(), [["1", "undefined"], ["3", "undefined"], ["4", "undefined"]]);
  assertEquals(getsOn(), 2);
  channel.publishConfirmed(4, true, false);
  assertEquals(told(), []);
  publish("6");
  channel.publishConfirmed(0, true, false);
  assertEquals(told(), [["5", "undefined"], ["6", "undefined"]]);
});

Deno.test("Confirms refuses to believe in what was never sent, with multiple above all", () => {
  const { channel, publish, told } = recorder();
  publish("1", "2");
  for (const multiple of [false, true]) {
    const confirm = () => channel.publishConfirmed(3, multiple, false);
    assertThrows(confirm, RangeError, "Message 3 was never sent");
  }
  assertEquals(told(), []);
});

Deno.test("Confirms tells of rejections, which are not getting on", () => {
  const { channel, publish, told, getsOn } = recorder();
  publish("1", "2", "3", "4");
  channel.publishConfirmed(3, true, true);
  assertEquals(told(), [["1", REJECTED], ["2", REJECTED], ["3", REJECTED]]);
  channel.publishConfirmed(4, false, true);
  assertEquals(told(), [["4", REJECTED]]);
  assertEquals(getsOn(), 0);
});

Deno.test("Confirms tells why a message that is confirmed came back", () => {
  const { channel, publish, told } = recorder();
  publish("1", "2");
  const { properties } = message("2");
  channel.onReturn({ exchange: "", routingKey: "q", properties, replyCode: 312 } as never);
  channel.publishConfirmed(2, true, false);
  assertEquals(told(), [["1", "undefined"], ["2", "unroutable: it reached no queue"]]);
});

Deno.test("Confirms writes what is published in one turn at once, at the end of the turn", async () => {
  const { publish, writes } = recorder();
  publish("1", "2", "3");
  assertEquals(writes.length, 0);
  await Promise.resolve();
  assertEquals(writes.length, 1);
  publish("4");
  await Promise.resolve();
  assertEquals(writes.length, 2);
});

Deno.test("Confirms tells at once of a message that cannot be encoded, and counts on", () => {
  const { channel, confirms, publish, told } = recorder();
  publish("1");
  publish("x".repeat(256)); // Its id.
  assertEquals(told().map(([, fate]) => fate), [
    "Error: its message_id has 256 bytes, more than the 255 that are possible",
  ]);
  publish("2");
  channel.publishConfirmed(2, false, false);
  assertEquals(told(), [["2", "undefined"]]);
  channel.closed = true;
  assertEquals(confirms.publish(message("3"), () => {}), true);
  publish("4");
  assertEquals(told(), [["4", "Error: the channel is closed"]]);
});

Deno.test("Confirms.publishOne() waits for the fate of its message", async () => {
  const { channel, confirms } = recorder();
  const fates = ["1", "2"].map((body) => confirms.publishOne(message(body)));
  channel.publishConfirmed(1, false, false);
  channel.publishConfirmed(2, false, true);
  const settled = await Promise.allSettled(fates);
  assertEquals(
    settled.map((each) => each.status === "fulfilled" ? each.value : each.reason.message),
    [
      undefined,
      "Message rejected",
    ],
  );
});
