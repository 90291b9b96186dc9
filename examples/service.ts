/**
 * The library in a service: one half answers, the other asks. Run it with
 *
 *     deno run --allow-net --allow-read --allow-env='AMQP_*,LOG_TOKENS,LOG_STREAM' examples/service.ts
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { loadConfig, receive, send } from "../lib/mod.ts";

const config = await loadConfig(fileURLToPath(new URL("6-rpc.yaml", import.meta.url)));

const stop = new AbortController();
const answering = receive(config, ({ payload }) => `${Number(payload) ** 2}`, {
  signal: stop.signal,
});

for (const payload of ["2", "3", "4"]) {
  const answer = await send(config, { payload });
  // deno-lint-ignore no-console -- what it has to say
  console.log(`${payload} squared is ${answer?.payload}`);
}

// What is in hand is finished and acknowledged.
stop.abort();
await answering;
