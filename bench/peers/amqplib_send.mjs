/** amqplib_send.mjs URL QUEUE FILE: each line of the file is a message, persistent and confirmed. */
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { publishAll } from "./window.mjs";

const { connect } = createRequire(import.meta.url)("amqplib");
const [url, queue, file] = process.argv.slice(2);
const connection = await connect(url, { noDelay: true });
const channel = await connection.createConfirmChannel();
channel.on("return", () => {
  throw new Error("a message reached no queue");
});
const options = { persistent: true, mandatory: true, contentType: "text/plain" };
await publishAll(file, (body, done) => {
  channel.sendToQueue(queue, body, { ...options, messageId: randomUUID() }, done);
});
await connection.close();
