/** Why a broker closed a channel or a connection (AMQP 0-9-1, section 1.2, constants). */
export interface Reply {
  /** Reply code, such as 404. */
  code: number;
  /** Reply text, such as `NOT_FOUND - no queue 'hello' in vhost '/'`. */
  text: string;
}

/** The reply code for what a user may not do. */
export const ACCESS_REFUSED = 403;

/** Reads the reply out of an error of the client, or its message; `undefined` if it has none. */
export function readReply(error: unknown): Reply | undefined {
  const message = error instanceof Error ? error.message : String(error);
  // The code always stands last, so that a text cannot pretend to another one.
  const [, text, code] = /^(?:connection|channel \d+) closed: ([\s\S]*) \((\d+)\)$/.exec(message) ??
    [];
  if (text === undefined) return undefined;
  // Nothing makes a broker give a reason.
  return { code: Number(code), text: text || `no reason given (${code})` };
}
