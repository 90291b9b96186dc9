/** What `doctor` looks at on a connection before anything is declared or sent. */
import type { Check } from "./checklist.ts";
import type { Visit } from "./doctor_visit.ts";
import { loginOf } from "./endpoint.ts";
import { ConnectionError } from "./errors.ts";
import { ACCESS_REFUSED, readReply } from "./reply.ts";
import { escapeText, quote } from "./terminal.ts";

/** The checks of a connection. */
export function sessionChecks(visit: Visit): Check[] {
  const { config: { broker } } = visit;
  const { username, vhost } = loginOf(broker);
  return [
    {
      name: "broker",
      isVital: true,
      async run() {
        await visit.open();
        if (visit.failure && !replyTo(visit)) throw visit.failure;
        return visit.failure ? "speaks AMQP 0-9-1" : describeBroker(visit);
      },
    },
    {
      name: "login",
      isVital: true,
      run() {
        if (replyTo(visit)?.code === ACCESS_REFUSED) throw visit.failure;
        return `as user ${quote(username)}`;
      },
    },
    {
      name: "vhost",
      isVital: true,
      run() {
        if (visit.failure) throw visit.failure;
        return quote(vhost);
      },
    },
    { name: "heartbeats", run: () => describeHeartbeats(visit) },
  ];
}

function replyTo({ failure }: Visit) {
  return readReply(failure?.cause);
}

function describeBroker({ connection: { serverProperties } }: Visit): string {
  const { product, version, cluster_name } = serverProperties;
  const show = (value: unknown) => typeof value === "string" ? escapeText(value) : "";
  const what = `${show(product) || "of unknown make"} ${show(version)}`.trim();
  return show(cluster_name) ? `${what}, cluster ${show(cluster_name)}` : what;
}

function describeHeartbeats({ connection: { heartbeat }, config: { broker } }: Visit) {
  if (heartbeat > 0) {
    const [every, silence] = [heartbeat / 1_000, heartbeat * 1.5 / 1_000];
    return `every ${every} s; a silence of ${silence} s is a lost connection`;
  }
  if (broker.heartbeat === 0) return { skipped: "turned off by broker.heartbeat" };
  throw new ConnectionError("The broker wants no heartbeats: if it freezes, nobody notices", {
    cure: "Set heartbeat in rabbitmq.conf to 60, its default",
  });
}
