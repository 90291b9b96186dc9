/** Where to connect to and as whom: what `broker` in the config means. */
import type { BrokerConfig } from "./config_schema.ts";
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

  /** The name that TLS asks for (SNI), which an address is not: empty then. */
  get serverName(): string {
    return /^[\d.]+$|:/.test(this.host) ? "" : this.host;
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

function defaultPort(tls: boolean): number {
  return tls ? 5671 : 5672;
}
