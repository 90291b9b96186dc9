import type { Client } from "./client.ts";

const HEARTBEAT_FRAME = new Uint8Array([8, 0, 0, 0, 0, 0, 0, 206]);

/**
 * Sends heartbeats, which the client itself only answers, and gives a connection up after one and a
 * half without a byte from the broker.
 *
 * @param giveUp Is called once, with the reason.
 * @returns A function that stops it.
 */
export function watchHeartbeats(client: Client, giveUp: (error: Error) => void): () => void {
  const heartbeat = client.heartbeat * 1_000;
  if (heartbeat === 0) return () => {};
  const period = heartbeat / 4;
  let due = performance.now() + period;
  let timer: ReturnType<typeof setInterval> | undefined;
  const beat = () => {
    const now = performance.now();
    const silence = now - client.lastRead;
    // When this process itself slept, what the broker sent meanwhile has not been read yet.
    const overslept = now - due > period;
    due = now + period;
    if (!overslept && silence > 1.5 * heartbeat) {
      clearInterval(timer);
      giveUp(new Error(`no sign of life for ${Math.round(silence / 1_000)} s`));
    } else client.send(HEARTBEAT_FRAME);
  };
  const begin = () => {
    timer = setInterval(beat, period);
    beat();
  };
  // A run that is over by then never pays the 20 ms that the first use of timers takes.
  const first = AbortSignal.timeout(period);
  first.addEventListener("abort", begin);
  return () => {
    first.removeEventListener("abort", begin);
    if (timer !== undefined) clearInterval(timer);
  };
}
