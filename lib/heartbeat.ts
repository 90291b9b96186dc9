import type { Socket } from "node:net";
import type { AMQPClient } from "@cloudamqp/amqp-client";

const HEARTBEAT_FRAME = new Uint8Array([8, 0, 0, 0, 0, 0, 0, 206]);

/**
 * Sends heartbeats, and gives a connection up after one and a half without a byte from the broker. The
 * client itself only answers heartbeats, and its own timer is reset by what it sends.
 *
 * @param lastRead When bytes last came in, by `performance.now()`.
 * @param giveUp Is called once, with the reason.
 * @returns A function that stops it.
 */
export function watchHeartbeats(
  client: AMQPClient,
  { lastRead, giveUp }: { lastRead: () => number; giveUp: (error: Error) => void },
): () => void {
  (client.socket as Socket).setTimeout(0);
  const heartbeat = client.heartbeat * 1_000;
  if (heartbeat === 0) return () => {};
  const period = heartbeat / 4;
  let due = performance.now() + period;
  const timer = setInterval(() => {
    const now = performance.now();
    const silence = now - lastRead();
    // When this process itself slept, what the broker sent meanwhile has not been read yet.
    const overslept = now - due > period;
    due = now + period;
    if (!overslept && silence > 1.5 * heartbeat) {
      clearInterval(timer);
      giveUp(new Error(`no sign of life for ${Math.round(silence / 1_000)} s`));
    } else client.send(HEARTBEAT_FRAME);
  }, period);
  return () => clearInterval(timer);
}
