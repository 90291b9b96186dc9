import { connect } from "node:tls";
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
 * @throws An error of the system or of TLS.
 */
export function peekCertificate({ host, port }: Endpoint): Promise<SeenCertificate> {
  const { promise, resolve, reject } = Promise.withResolvers<SeenCertificate>();
  const servername = /^[\d.]+$|:/.test(host) ? "" : host;
  const socket = connect({ host, port, servername, rejectUnauthorized: false });
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("closed")));
  socket.on("secureConnect", () => {
    const { subject, subjectaltname, valid_from, valid_to } = socket.getPeerCertificate();
    const alternatives = (subjectaltname ?? "").split(", ").filter(Boolean);
    resolve({
      protocol: socket.getProtocol() ?? "TLS",
      names: alternatives.length
        ? alternatives.map((name) => name.replace(/^(DNS|IP Address):/, ""))
        : [subject?.CN ?? ""].flat().filter(Boolean),
      from: new Date(valid_from),
      until: new Date(valid_to),
    });
    socket.destroy();
  });
  return promise;
}
