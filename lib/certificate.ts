import { connect, type TLSSocket } from "node:tls";
import type { Endpoint } from "./endpoint.ts";

/** A certificate as it was shown, whether or not it is to be believed. */
export interface SeenCertificate {
  /** Version of TLS, such as `TLSv1.3`. */
  protocol: string;
  /** Host names and addresses that it is for. */
  names: string[];
  /** Since when it is valid. */
  from: Date;
  /** Until when it is valid. */
  until: Date;
}

/**
 * Looks at the certificate of a port and hangs up: nothing is verified, and nothing is said.
 *
 * @throws An error of the system or of TLS; the reason of `signal`.
 */
export async function peekCertificate(
  { host, port, serverName: servername }: Endpoint,
  signal: AbortSignal,
): Promise<SeenCertificate> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<SeenCertificate>();
  const socket = connect({ host, port, servername, rejectUnauthorized: false });
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("closed")));
  socket.on("secureConnect", () => {
    try {
      resolve(read(socket));
    } catch (error) {
      reject(error);
    }
  });
  const giveUp = () => reject(signal.reason);
  signal.addEventListener("abort", giveUp);
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", giveUp);
    socket.destroy();
  }
}

function read(socket: TLSSocket): SeenCertificate {
  const { subject, subjectaltname, valid_from, valid_to } = socket.getPeerCertificate();
  const alternatives = (subjectaltname ?? "").split(", ").filter(Boolean);
  const [from, until] = [new Date(valid_from), new Date(valid_to)];
  if (Number.isNaN(from.getTime() + until.getTime())) throw new Error("It has no dates");
  return {
    protocol: socket.getProtocol() ?? "TLS",
    names: alternatives.length
      ? alternatives.map((name) => name.replace(/^(DNS|IP Address):/, ""))
      : [subject?.CN ?? ""].flat().filter(Boolean),
    from,
    until,
  };
}
