/**
 * Starts RabbitMQ in the folder given as the only argument, prints a line when it is ready, and
 * then waits to be killed.
 *
 * @module
 */
import { startLocalRabbitmq } from "../../lib/local_rabbitmq.ts";

const [dir = ""] = Deno.args;
const node = await startLocalRabbitmq({ dir });
await Deno.stdout.write(new TextEncoder().encode("ready\n"));
await node.exited;
