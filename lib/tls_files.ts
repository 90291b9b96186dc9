import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { BrokerConfig } from "./config_schema.ts";
import { ConfigError } from "./errors.ts";
import { inWords } from "./file_failure.ts";
import { escapeText } from "./terminal.ts";

/**
 * Reads the PEM files that `broker.tls` names.
 *
 * @throws {ConfigError} If one cannot be read or holds something else.
 */
export function readTlsFiles({ tls }: BrokerConfig): { ca?: string; cert?: string; key?: string } {
  if (typeof tls !== "object") return {};
  const { ca, cert, key } = tls;
  return {
    ...(ca !== undefined && { ca: readCertificate("ca", ca).text }),
    ...(cert !== undefined && key !== undefined && readClientCertificate(cert, key)),
  };
}

// What is wrong with a file is found here: Deno ignores what it cannot read, or calls it an
// unsupported protocol.
function readCertificate(name: string, file: string) {
  const text = readPem(name, file, "CERTIFICATE");
  for (const [block] of text.matchAll(/-----BEGIN [^]*?-----END [A-Z ]+-----/g)) {
    try {
      return { text, certificate: new X509Certificate(block) };
    } catch {
      // Another one of a bundle may be sound.
    }
  }
  throw unusable(name, file, "is damaged");
}

function readClientCertificate(certFile: string, keyFile: string) {
  const { text: cert, certificate } = readCertificate("cert", certFile);
  const key = readPem("key", keyFile, "PRIVATE KEY");
  if (/-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(key)) {
    throw unusable("key", keyFile, "needs a passphrase; store it without (openssl pkey)");
  }
  let isPair: boolean;
  try {
    isPair = certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    throw unusable("key", keyFile, "is damaged");
  }
  if (!isPair) throw unusable("key", keyFile, "is not the key of broker.tls.cert");
  return { cert, key };
}

function readPem(name: string, file: string, kind: string): string {
  let text: string;
  try {
    // A pipe that nobody writes to would be waited for without end, deaf to CTRL+C.
    if (!statSync(file).isFile()) throw new Error(`"${file}" is no file`);
    text = readFileSync(file, "utf8");
  } catch (error) {
    const why = `"${escapeText(file)}": ${inWords(error)}`;
    throw new ConfigError(`Cannot read broker.tls.${name}: ${why}`, {
      cure: "Name a PEM file, relative to the folder of the config file or by its whole path",
      cause: error,
    });
  }
  if (!new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(text)) {
    throw unusable(name, file, `holds no PEM block "${kind}"`);
  }
  return text;
}

function unusable(name: string, file: string, why: string): ConfigError {
  return new ConfigError(`Cannot use broker.tls.${name}: "${escapeText(file)}" ${why}`, {
    cure: "Name a file in PEM format that belongs there",
  });
}
