/**
 * Sends with fewer unconfirmed messages at a time than `publish` allows itself, by giving it no more
 * than that: window.ts QUEUE TYPE FILE WINDOW, with the broker in AMQP_URL.
 *
 * @module
 */
import { parseConfig } from "../lib/config.ts";
import { createMessage, type OutgoingMessage } from "../lib/message.ts";
import { publish } from "../lib/publish.ts";
import { Wakeup } from "../lib/wakeup.ts";

const [queue = "", type = "", file = "", window = ""] = Deno.args;
const config = parseConfig(
  `broker: {url: "\${AMQP_URL}"}\nqueue: {name: ${queue}, type: ${type}}`,
  { env: (name) => Deno.env.get(name) },
);
const wakeup = new Wakeup();
let unconfirmed = 0;

async function* messages(): AsyncGenerator<OutgoingMessage[]> {
  const lines = (await Deno.readTextFile(file)).trimEnd().split("\n");
  for (let next = 0; next < lines.length;) {
    const batch = lines.slice(next, next + Number(window) - unconfirmed);
    next += batch.length;
    unconfirmed += batch.length;
    if (batch.length) yield batch.map((payload) => createMessage(config, { payload }));
    else await wakeup.wait();
  }
}

const onConfirmed = () => {
  unconfirmed--;
  wakeup.call();
};
await publish(config, messages(), { onConfirmed });
Deno.exit();
