/** rabbitmq_client_send.mjs URL QUEUE FILE: each line is a message, persistent and confirmed. */
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { publishAll } from "./window.mjs";

const { Connection } = createRequire(import.meta.url)("rabbitmq-client");
const [url, queue, file] = process.argv.slice(2);
const connection = new Connection(url);
const publisher = connection.createPublisher({ confirm: true });
publisher.on("basic.return", () => {
  throw new Error("a message reached no queue");
});
const envelope = { routingKey: queue, durable: true, mandatory: true, contentType: "text/plain" };
await publishAll(file, (body, done) => {
  publisher.send({ ...envelope, messageId: randomUUID() }, body).then(() => done(), done);
});
await publisher.close();
await connection.close();
