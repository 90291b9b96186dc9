/** Why TLS has failed, and what to do about it. */
import type { AmqpTasksError } from "./errors.ts";
import { escapeText } from "./terminal.ts";

const CLOCK = "Renew the broker's certificate, or check the clock of this machine";
const UNTRUSTED = "Name the CA that signed it: broker.tls: {ca: FILE} (PEM)";

const CLIENT_REFUSED: [message: string, cure: string] = [
  "the client certificate is not accepted",
  "Give one that a CA of the broker has signed: broker.tls.cert",
];

/** What is wrong and what to do about it, by the code of Node's error. */
const TLS: Record<string, [message: string, cure: string]> = {
  CERT_HAS_EXPIRED: ["its certificate has expired", CLOCK],
  CERT_NOT_YET_VALID: ["its certificate is not valid yet", CLOCK],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["its certificate is self-signed", UNTRUSTED],
  ERR_SSL_WRONG_VERSION_NUMBER: [
    "the port does not speak TLS",
    "TLS has a port of its own, mostly 5671; for a port without TLS remove broker.tls or write amqp://",
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "its certificate is for another host name",
    "Write broker.host as it stands in the certificate",
  ],
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: [
    "it asks for a client certificate",
    "Give one: broker.tls: {cert: FILE, key: FILE} (PEM)",
  ],
  // What TLS 1.2 has for all of it: no certificate, or nothing in common.
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: [
    "it ended the TLS handshake",
    "It may ask for a client certificate: broker.tls: {cert: FILE, key: FILE} (PEM)",
  ],
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: [
    "the client certificate has expired",
    "Renew broker.tls.cert, or check the clocks of both machines",
  ],
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: CLIENT_REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: CLIENT_REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: CLIENT_REFUSED,
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: CLIENT_REFUSED,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: CLIENT_REFUSED,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: [
    "it speaks no TLS newer than 1.1",
    "Let it speak TLS 1.2 or 1.3: ssl_options.versions in rabbitmq.conf",
  ],
  SELF_SIGNED_CERT_IN_CHAIN: ["its certificate is signed by an unknown CA", UNTRUSTED],
  UNABLE_TO_GET_ISSUER_CERT: ["its certificate is signed by an unknown CA", UNTRUSTED],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ["its certificate is signed by an unknown CA", UNTRUSTED],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ["its certificate is signed by an unknown CA", UNTRUSTED],
};

/**
 * Explains an error by its code: why, and the cure. Trying again cures none of these.
 *
 * @returns `undefined` if it is not TLS's.
 */
export function explainTls(code: string, message: string): [why: string, cure: string] | undefined {
  if (!isTls(code)) return undefined;
  return TLS[code] ?? [`TLS failed: ${escapeText(message)}`, "Check broker.tls"];
}

/** Whether TLS is the reason why there is no connection. */
export function isTlsFailure({ cause }: AmqpTasksError): boolean {
  return isTls((cause as { code?: string } | undefined)?.code ?? "");
}

function isTls(code: string): boolean {
  return Object.hasOwn(TLS, code) || /^ERR_(SSL|TLS)/.test(code);
}
