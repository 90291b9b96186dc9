import { assertEquals } from "@std/assert";
import type { DeliveredMessage } from "../../lib/client_types.ts";
import { toReceivedMessage } from "../../lib/received_message.ts";

const encoder = new TextEncoder();

function payloadOf(body: string | Uint8Array, contentType?: string): unknown {
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  const properties = contentType === undefined ? {} : { contentType };
  return toReceivedMessage({ body: bytes, properties } as DeliveredMessage).payload;
}

Deno.test("toReceivedMessage() keeps bytes, properties and where the message came from", () => {
  const message = {
    body: encoder.encode("hi"),
    properties: { messageId: "m", headers: { a: 1n } },
    exchange: "e",
    routingKey: "k",
    redelivered: true,
    deliveryTag: 7,
  };
  const { deliveryTag: _, ...kept } = message;
  const received = toReceivedMessage(message as unknown as DeliveredMessage);
  assertEquals<unknown>(received, { ...kept, payload: "hi" });
});

Deno.test("toReceivedMessage() makes a message without a body an empty one", () => {
  const { body, payload } = toReceivedMessage({ body: null, properties: {} } as DeliveredMessage);
  assertEquals([body, payload], [new Uint8Array(), ""]);
});

for (
  const contentType of [
    "application/json",
    "application/json; charset=utf-8",
    "Application/JSON ;charset=UTF-8",
    "application/cloudevents+json",
    "application/problem+json;v=1",
  ]
) {
  Deno.test(`toReceivedMessage() decodes ${contentType} as JSON`, () => {
    assertEquals(payloadOf('{"a":[1,null,"ä"]}', contentType), { a: [1, null, "ä"] });
  });
}

for (
  const contentType of [undefined, "", "text/plain", "application/jsonl", "text/json-seq", "+json"]
) {
  Deno.test(`toReceivedMessage() leaves JSON of content type ${contentType} text`, () => {
    assertEquals(payloadOf('{"a":1}', contentType), '{"a":1}');
  });
}

Deno.test("toReceivedMessage() rounds no integer in JSON", () => {
  const json = "[9007199254740993,-18446744073709551615,9007199254740991,1.5,1e300]";
  assertEquals(payloadOf(json, "application/json"), [
    9007199254740993n,
    -18446744073709551615n,
    9007199254740991,
    1.5,
    1e300,
  ]);
});

Deno.test("toReceivedMessage() leaves text what is called JSON and is none", () => {
  const tooDeep = "[".repeat(100_000) + "]".repeat(100_000);
  for (const text of ["", "{'a':1}", tooDeep]) {
    assertEquals(payloadOf(text, "application/json"), text);
  }
});

Deno.test("toReceivedMessage() leaves bytes what is not UTF-8, whatever it is called", () => {
  const bytes = Uint8Array.of(0x7b, 0xff, 0x7d);
  for (const type of [undefined, "text/plain", "application/json"]) {
    assertEquals(payloadOf(bytes, type), bytes);
  }
});
