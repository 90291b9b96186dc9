/**
 * Sends the lines of a file as `send --lines` does, but with a window of a fixed size in place of one
 * that follows the broker: window.ts QUEUE TYPE FILE [WINDOW], with the broker in AMQP_URL.
 *
 * @module
 */
import { parseConfig } from "../lib/config.ts";
import { LineMessages } from "../lib/message_lines.ts";
import { publish } from "../lib/publish.ts";
import { Window } from "../lib/window.ts";

const [queue = "", type = "", file = "", size] = Deno.args;
if (size !== undefined) {
  Window.prototype.hasRoom = (unconfirmed) => unconfirmed < Number(size);
}
const config = parseConfig(
  `broker: {url: "\${AMQP_URL}"}\nqueue: {name: ${queue}, type: ${type}}`,
  { env: (name) => Deno.env.get(name) },
);
await publish(config, new LineMessages(file, "text", config));
Deno.exit();
