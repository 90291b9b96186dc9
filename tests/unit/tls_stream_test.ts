import { assertEquals, assertRejects } from "@std/assert";
import { parseConfig } from "../../lib/config.ts";
import { Endpoint } from "../../lib/endpoint.ts";
import { openTls } from "../../lib/tls_stream.ts";

Deno.test("openTls() opens nothing when its signal is aborted already", async () => {
  const { broker } = parseConfig("broker: {tls: true}");
  const reason = new Error("stopped");
  const opening = openTls(broker, new Endpoint("localhost", 1), AbortSignal.abort(reason));
  assertEquals(await assertRejects(() => opening), reason);
});
