/** rabbitmq_client_receive.mjs URL QUEUE COUNT: its consumer acknowledges what was printed. */
import { createRequire } from "node:module";
import { createPrinter } from "./printer.mjs";

const { Connection } = createRequire(import.meta.url)("rabbitmq-client");
const [url, queue, count] = process.argv.slice(2);
const connection = new Connection(url);
let printed = 0;
const print = createPrinter();
// It declares the queue by itself, as a classic one unless told otherwise.
const options = { queue, queueOptions: { passive: true }, qos: { prefetchCount: 1_000 } };
const consumer = connection.createConsumer(options, async ({ body }) => {
  await print(body);
  if (++printed === Number(count)) end();
});

async function end() {
  // It waits for the handlers that run, and so for their acknowledgements.
  await consumer.close();
  await connection.close();
}
