/** RabbitMQ's tutorial 6: a client asks for a Fibonacci number, and a server answers. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { testWithPika, Tutorial } from "../support/pika_tutorials.ts";

const rpc = () => new Tutorial("examples/6-rpc.yaml", "queue", "rpc_queue");

Deno.test("tutorial 6: send prints what the handler of receive answers", async () => {
  await using tutorial = rpc();
  await using server = tutorial.start("receive");
  await server.said("[*] Waiting for messages");
  assertEquals(await tutorial.send(), " [.] Got '832040'\n");
  assertEquals(await tutorial.send(["7"]), " [.] Got '13'\n");
});

testWithPika("tutorial 6: a client of pika's gets the answer of our server", async () => {
  await using tutorial = rpc();
  await using server = tutorial.start("receive");
  await server.said("[*] Waiting for messages");
  assertEquals(await tutorial.pika("rpc_client", "30"), " [.] Got 832040\n");
});

testWithPika("tutorial 6: send prints what a server of pika's answers", async () => {
  await using tutorial = rpc();
  await using server = tutorial.startPika("rpc_server");
  await server.said("[*] Waiting for messages");
  assertEquals(await tutorial.send(), " [.] Got '832040'\n");
  assertStringIncludes(server.stdout, "fib(30)");
});
