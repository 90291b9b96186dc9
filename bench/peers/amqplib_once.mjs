/** amqplib_once.mjs URL QUEUE BODY: declares a quorum queue and sends one message, confirmed. */
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";

const { connect } = createRequire(import.meta.url)("amqplib");
const [url, queue, body] = process.argv.slice(2);
const connection = await connect(url, { noDelay: true });
const channel = await connection.createConfirmChannel();
channel.on("return", () => {
  throw new Error("the message reached no queue");
});
await channel.assertQueue(queue, { durable: true, arguments: { "x-queue-type": "quorum" } });
const options = { persistent: true, mandatory: true, contentType: "text/plain" };
channel.sendToQueue(queue, Buffer.from(body), { ...options, messageId: randomUUID() });
await channel.waitForConfirms();
process.stdout.write(` [x] Sent '${body}'\n`);
await connection.close();
