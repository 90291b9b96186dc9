import * as v from "valibot";
import { escapeText } from "./terminal.ts";

/** The schema of a host: a name or an address, with or without a port. */
export const host = v.pipe(
  v.string(),
  v.nonEmpty("is empty"),
  v.check((text) => !text.includes("://"), "is a URL: write it as broker.url"),
  v.check((text) => !/[\s/@?#,]/.test(text), "is not a host name or host:port"),
  v.check((text) => splitHost(text) !== undefined, "has a port that is not from 1 to 65535"),
  v.check((text) => isHost(splitHost(text)?.host ?? ""), "is not a host name or host:port"),
);

/**
 * Splits `host`, `host:port`, `[::1]` or `[::1]:port`; a bare IPv6 address has no port.
 *
 * @returns `undefined` if what stands for the port is no port.
 */
export function splitHost(text: string): { host: string; port?: number } | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::([^:]*))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) return { host: text };
  if (port === undefined) return { host };
  const number = /^\d+$/.test(port) ? Number(port) : NaN;
  return number >= 1 && number <= 65535 ? { host, port: number } : undefined;
}

/** Whether it is an IPv6 address, or has none of its marks. */
function isHost(text: string): boolean {
  return text !== "" && (!/[:[\]]/.test(text) || isIPv6(text));
}

/** Whether it is an IPv6 address, with or without a zone (`fe80::1%eth0`). */
function isIPv6(text: string): boolean {
  return URL.canParse(`http://[${text.replace(/%[^%[\]]+$/, "")}]`);
}

/** Why a text is no AMQP URL, without a part of it, which may be a secret. */
export function explainBrokerUrl(text: string): string {
  const like = "is not like amqp://user:password@host:port/vhost or amqps://…";
  const [, scheme, rest = ""] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  if (scheme === undefined) return `${like}: it does not begin with amqp:// or amqps://`;
  if (!/^amqps?$/i.test(scheme)) return `${like}: ${escapeText(scheme)}:// is something else`;
  if (/:(?:[7-9]\d{4}|\d{6,})(?:[/?#]|$)/.test(rest)) return `${like}: its port is above 65535`;
  if (!URL.canParse(text) || rest.split("@").length > 2 || /#|%(?![\da-f]{2})|@.*@/i.test(rest)) {
    return `${like}: in user, password and vhost write @ as %40, / as %2F, # as %23, : as %3A, % as %25`;
  }
  const { search, pathname, port } = new URL(text);
  if (port === "0") return `${like}: 0 is no port`;
  if (search) return `${like}: what stands after ? has keys of its own, such as broker.heartbeat`;
  if (pathname.indexOf("/", 1) !== -1) {
    return `${like}: a / in user, password or vhost is written %2F`;
  }
  return like;
}

/** Whether a text is an AMQP URL that says no more than where, who and which virtual host. */
export function isBrokerUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !url.hostname || url.port === "0" || !/^amqps?:$/.test(url.protocol)) return false;
  if (url.search || url.hash || url.pathname.indexOf("/", 1) !== -1) return false;
  try {
    [url.username, url.password, url.hostname, url.pathname].forEach(decodeURIComponent);
    return true;
  } catch {
    return false;
  }
}
