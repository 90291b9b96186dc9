import type { Config } from "./config_schema.ts";
import type { ReceivedMessage } from "./handler.ts";
import { createMessage, type MessageOverrides } from "./message.ts";
import { publish, type PublishOptions } from "./publish.ts";
import { toReceivedMessage } from "./received_message.ts";
import { request } from "./request.ts";

/** How {@linkcode send} is stopped and what it tells. */
export type SendOptions = Pick<PublishOptions, "signal" | "report">;

/**
 * Sends the config's message, or what `overrides` makes of it, and waits until the broker has it safe;
 * with `message.reply`, until the answer is there. For many messages on one connection there is
 * {@linkcode publish}.
 *
 * @returns The answer if the config asks for one.
 * @throws {PublishError} If the message was not accepted, or no answer came in time, or the answer is
 * an error.
 * @throws {ConfigError} If there is no payload, or nowhere to send it.
 * @throws {ConnectionError | TopologyError} As `declareThenAct`.
 */
export async function send(
  config: Config,
  overrides: MessageOverrides = {},
  options: SendOptions = {},
): Promise<ReceivedMessage | undefined> {
  const message = createMessage(config, overrides);
  if (config.message.reply) return toReceivedMessage(await request(config, message, options));
  await publish(config, [message], options);
  return undefined;
}
