/** Where to connect to, as whom, and with which certificates: what `broker` in the config means. */
import { readFileSync } from "node:fs";
import type { BrokerConfig } from "./config_schema.ts";
import { ConfigError } from "./errors.ts";
import { splitHost } from "./host.ts";
import { escapeText } from "./terminal.ts";

/** A host and a port; as text: `host:port`. */
export class Endpoint {
  /** Takes a host name or address, without brackets, and a port. */
  constructor(readonly host: string, readonly port: number) {}

  /** `host:port`, with brackets around an IPv6 address. */
  toString(): string {
    const host = this.host.includes(":") ? `[${this.host}]` : this.host;
    return escapeText(`${host}:${this.port}`);
  }

  /** Whether it is this machine. */
  get isLocal(): boolean {
    return /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(this.host);
  }
}

/** Who logs in where. */
export interface Login {
  /** User name. */
  username: string;
  /** Password. */
  password: string;
  /** Virtual host. */
  vhost: string;
  /** Whether the connection is TLS. */
  tls: boolean;
}

/** The hosts to try, in order. */
export function endpointsOf(broker: BrokerConfig): Endpoint[] {
  if (broker.url !== undefined) {
    const { hostname, port, protocol } = new URL(broker.url);
    const host = decodeURIComponent(hostname).replace(/^\[(.*)\]$/, "$1");
    return [new Endpoint(host, Number(port) || defaultPort(protocol === "amqps:"))];
  }
  const fallback = broker.port ?? defaultPort(Boolean(broker.tls));
  return [broker.host ?? "localhost"].flat().map((text) => {
    const { host = text, port = fallback } = splitHost(text) ?? {};
    return new Endpoint(host, port);
  });
}

/** Reads the login out of `broker.url` or of its parts. */
export function loginOf(broker: BrokerConfig): Login {
  const { url, username = "guest", password = "guest", vhost = "/", tls } = broker;
  if (url === undefined) return { username, password, vhost, tls: Boolean(tls) };
  const parsed = new URL(url);
  // A URL without a user means guest; one with a user and no password means an empty password.
  const anonymous = parsed.username === "" && parsed.password === "";
  return {
    username: anonymous ? "guest" : decodeURIComponent(parsed.username),
    password: anonymous ? "guest" : decodeURIComponent(parsed.password),
    vhost: decodeURIComponent(parsed.pathname.slice(1)) || "/",
    tls: parsed.protocol === "amqps:",
  };
}

/**
 * Reads the PEM files that `broker.tls` names.
 *
 * @throws {ConfigError} If one cannot be read or holds something else.
 */
export function readTlsFiles({ tls }: BrokerConfig): { ca?: string; cert?: string; key?: string } {
  if (typeof tls !== "object") return {};
  return {
    ...(tls.ca !== undefined && { ca: readPem("ca", tls.ca, "CERTIFICATE") }),
    ...(tls.cert !== undefined && { cert: readPem("cert", tls.cert, "CERTIFICATE") }),
    ...(tls.key !== undefined && { key: readPem("key", tls.key, "PRIVATE KEY") }),
  };
}

function readPem(key: string, file: string, kind: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError(`Cannot read broker.tls.${key}: ${escapeText(String(error))}`, {
      cause: error,
    });
  }
  // A file of another kind would be ignored, and verification would fail for a wrong reason.
  if (!new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(text)) {
    throw new ConfigError(
      `Cannot use broker.tls.${key}: "${escapeText(file)}" holds no PEM block "${kind}"`,
    );
  }
  return text;
}

function defaultPort(tls: boolean): number {
  return tls ? 5671 : 5672;
}
