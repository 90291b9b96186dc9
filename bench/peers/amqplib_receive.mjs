/** amqplib_receive.mjs URL QUEUE COUNT: acknowledges all that was printed at once, together. */
import { createRequire } from "node:module";
import { createPrinter } from "./printer.mjs";

const { connect } = createRequire(import.meta.url)("amqplib");
const [url, queue, count] = process.argv.slice(2);
const connection = await connect(url, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(1_000);
let received = 0;
let last;
const print = createPrinter(() => {
  channel.ack(last, true);
  if (received === Number(count)) channel.close().then(() => connection.close());
});
await channel.consume(queue, (message) => {
  received++;
  last = message;
  print(message.content);
});
