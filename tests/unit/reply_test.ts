import { assertEquals } from "@std/assert";
import { readReply } from "../../lib/reply.ts";

Deno.test("readReply() reads code and text of a closed connection and a closed channel", () => {
  const text = "NOT_FOUND - no queue 'q' in vhost '/'";
  const reply = { code: 404, text };
  assertEquals(readReply(`channel 1 closed: ${text} (404)`), reply);
  assertEquals(readReply(`connection closed: ${text} (404)`), reply);
  assertEquals(readReply(new Error(`channel 12 closed: ${text} (404)`)), reply);
});

Deno.test("readReply() reads the last code when the text pretends to another one", () => {
  const text = "NOT_FOUND - no queue 'channel 1 closed: x (320)' (200)\nmore";
  assertEquals(readReply(`channel 1 closed: ${text} (404)`), { code: 404, text });
});

Deno.test("readReply() returns undefined when there is no reply", () => {
  for (const error of ["closed", new Error("Socket closed"), undefined, null, "x (404)", ""]) {
    assertEquals(readReply(error), undefined);
  }
});

Deno.test("readReply() says so if the broker gives no reason", () => {
  assertEquals(readReply("channel 1 closed:  (404)"), { code: 404, text: "no reason given (404)" });
});
