/** What `doctor` looks at between the config and the broker: name server, TCP, TLS. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Check } from "./checklist.ts";
import { peekCertificate, type SeenCertificate } from "./certificate.ts";
import { explainFailure } from "./connection_failure.ts";
import type { Visit } from "./doctor_visit.ts";
import { loginOf } from "./endpoint.ts";
import { type AmqpTasksError, ConfigError, ConnectionError } from "./errors.ts";
import { readReply } from "./reply.ts";
import { escapeText } from "./terminal.ts";
import { isTlsFailure } from "./tls_failure.ts";

/** In ms. */
const DAY = 24 * 60 * 60 * 1_000;

/** The checks of the way to a host. */
export function networkChecks(visit: Visit): Check[] {
  return [
    { name: "DNS", isVital: true, run: () => findAddresses(visit) },
    { name: "TCP", isVital: true, run: () => tryTcp(visit) },
    { name: "TLS", isVital: true, run: () => agreeOnTls(visit) },
  ];
}

async function findAddresses(visit: Visit): Promise<string> {
  const { config, endpoint } = visit;
  if (isIP(endpoint.host)) return "not needed: the host is an address";
  try {
    const found = await visit.answer(lookup(endpoint.host, { all: true }));
    return [...new Set(found.map(({ address }) => address))].map(escapeText).join(", ");
  } catch (error) {
    throw explainFailure(error, endpoint, config.broker);
  }
}

/** Says nothing, so that the broker has nothing to answer, nor to complain about in its log. */
async function tryTcp(visit: Visit): Promise<string> {
  const { config, endpoint: { host, port } } = visit;
  const start = performance.now();
  try {
    const opening = Deno.connect({ hostname: host, port });
    // If it opens after all, it must not stay.
    opening.then((socket) => socket.close()).catch(() => {});
    await visit.answer(opening);
    return `open, in ${showTime(performance.now() - start)}`;
  } catch (error) {
    throw explainFailure(error, visit.endpoint, config.broker);
  }
}

async function agreeOnTls(visit: Visit) {
  const { config: { broker }, endpoint } = visit;
  if (!loginOf(broker).tls) {
    const risk = endpoint.isLocal ? "" : ": all that is sent can be read on the way";
    return { skipped: `not used${risk}` };
  }
  const certificate = await peekCertificate(endpoint, visit.limit()).catch(() => undefined);
  await visit.open();
  const { failure } = visit;
  if (failure && (failure instanceof ConfigError || isTlsFailure(failure))) {
    throw certificate ? withCertificate(failure, certificate) : failure;
  }
  // Without an answer of the broker's nothing was verified.
  if (failure && !readReply(failure.cause) && !certificate) throw failure;
  return certificate ? `${certificate.protocol}, ${describe(certificate)}` : "verified";
}

function withCertificate(failure: AmqpTasksError, certificate: SeenCertificate): AmqpTasksError {
  if (failure instanceof ConfigError) return failure;
  return new ConnectionError(`${failure.message} (${describe(certificate)})`, {
    cure: failure.cure,
    retryable: failure.retryable,
    cause: failure,
  });
}

function describe({ names, from, until }: SeenCertificate): string {
  const days = Math.floor((until.getTime() - Date.now()) / DAY);
  const left = days < 0 ? `${-days} days ago` : days === 1 ? "1 day left" : `${days} days left`;
  const dates = from.getTime() > Date.now()
    ? `valid from ${showDate(from)} on`
    : `${days < 0 ? "expired on" : "valid until"} ${showDate(until)}, ${left}`;
  return `certificate for ${names.map(escapeText).join(", ") || "nobody"}, ${dates}`;
}

function showDate(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** A time, as people read it; in ms. */
export function showTime(ms: number): string {
  return ms < 100
    ? `${ms.toFixed(1)} ms`
    : ms < 1_000
    ? `${ms.toFixed(0)} ms`
    : `${(ms / 1_000).toFixed(1)} s`;
}
