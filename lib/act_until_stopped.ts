import type { Config } from "./config_schema.ts";
import { declareThenAct, type DeclareThenActOptions, type Session } from "./declare_then_act.ts";

/** What is done on each connection, and can be told to look up. */
export interface Actor {
  /** As the act of {@linkcode declareThenAct}. */
  act(session: Session): Promise<void>;
  /** Is called when `signal` is aborted: the act is then to end in good order. */
  wake(): void;
}

/**
 * Runs {@linkcode declareThenAct} with an act that `signal` stops. To be stopped is no failure.
 *
 * @throws As {@linkcode declareThenAct}, but never the reason of `signal`.
 */
export async function actUntilStopped(
  config: Config,
  actor: Actor,
  { role, signal, report }: DeclareThenActOptions,
): Promise<void> {
  const wake = () => actor.wake();
  signal?.addEventListener("abort", wake);
  try {
    await declareThenAct(config, (session) => actor.act(session), { role, signal, report });
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
  } finally {
    signal?.removeEventListener("abort", wake);
  }
}
