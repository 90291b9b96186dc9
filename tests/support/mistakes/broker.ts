/** Mistakes that show only when the broker, or what stands in its place, is asked. */
import { broker, type Mistake } from "./mistake.ts";

/** There is no connection, and trying again would not help. */
export const CONNECTION: Mistake[] = ([
  {
    title: "Nothing listens at the port",
    args: ({ closed }) => broker({ port: closed }),
    place: "Cannot connect to localhost:",
    cure: "Start a local broker: deno task broker --port",
  },
  {
    title: "There is no such host",
    args: () => broker({ host: "no-such-host.invalid" }),
    place: "Cannot connect to no-such-host.invalid:5672: no such host",
    cure: "broker.host",
  },
  {
    title: "The port speaks HTTP",
    args: ({ http }) => broker({ port: http }),
    place: "the port speaks HTTP, not AMQP",
    cure: "15672 is RabbitMQ's management page",
  },
  {
    title: "The password is wrong",
    args: ({ broker: host }) => broker({ host, username: "nobody", password: "${AMQP_PASSWORD}" }),
    place: "login refused for user 'nobody'",
    cure: "Check broker.username and broker.password",
  },
  {
    title: "There is no such virtual host",
    args: () => broker({ url: "${AMQP_URL}/a%2Fb" }),
    connects: true,
    needs: "node",
    place: "there is no virtual host 'a/b'",
    cure: "in a URL a slash is %2F",
  },
  {
    title: "TLS on the plain port",
    args: ({ broker: host }) => broker({ host, tls: true }),
    needs: "node",
    place: "the port does not speak TLS",
    cure: "remove broker.tls",
  },
  {
    title: "No TLS on the TLS port",
    args: ({ tls }) => broker({ port: tls.good }),
    needs: "openssl",
    place: "the port speaks TLS",
    cure: "Set broker.tls: true",
  },
  {
    title: "A certificate has expired",
    args: ({ tls, ca }) => broker({ port: tls.expired, tls: { ca } }),
    needs: "openssl",
    place: "its certificate has expired",
    cure: "Renew the broker's certificate",
  },
  {
    title: "A certificate is for another host",
    args: ({ tls, ca }) => broker({ port: tls.wrongHost, tls: { ca } }),
    needs: "openssl",
    place: "its certificate is for another host name",
    cure: "Write broker.host as it stands in the certificate",
  },
  {
    title: "A certificate is signed by an unknown CA",
    args: ({ tls }) => broker({ port: tls.good, tls: true }),
    needs: "openssl",
    place: "its certificate is signed by an unknown CA",
    cure: "broker.tls: {ca: FILE}",
  },
] as Omit<Mistake, "code">[]).map((row) => ({ code: 3, ...row }));

const set = (...settings: string[]) => () => settings.flatMap((setting) => ["--set", setting]);

/** The broker does not take the message. */
export const MESSAGES: Mistake[] = ([
  {
    title: "No queue is bound with the routing key",
    args: set("exchange={name: amq.direct}", "message.routing_key=no-such-key"),
    place: "unroutable: it reached no queue",
    cure: "Check queue.name, message.routing_key and queue.bindings",
  },
  {
    title: "The queue is full",
    args: set(
      "queue.type=classic",
      "queue.arguments={x-max-length: 0, x-overflow: reject-publish}",
    ),
    place: "rejected by the broker: the queue is full",
    cure: "raise its limit",
  },
  {
    title: "The headers are too large",
    config: `queue:\n  name: QUEUE\nmessage:\n  payload: Hello\n  headers: { a: ${
      "a".repeat(140_000)
    } }\n`,
    place: "cannot be sent: ",
    cure: "What is large belongs into the payload",
  },
  {
    title: "The user_id is another's",
    args: set("message.properties.user_id=somebody"),
    place: "The broker refused a message: ",
    cure: "Check its size and message.properties",
  },
  {
    title: "Nobody answers a request",
    args: () => set("message.reply={timeout: 300ms}")().concat("--quiet"),
    place: "No answer within 0.3 s",
    cure: "message.reply.timeout",
  },
] as Omit<Mistake, "code">[]).map((row) => ({ code: 4, ...row }));

/** The broker refuses the queue, the exchange or a binding. */
export const TOPOLOGY: Mistake[] = ([
  {
    title: "A queue exists with other properties",
    args: ({ classic }) => ["--set", `queue.name=${classic}`],
    place: "exists, but not as the config describes it",
    cure: "deno task rabbitmqctl delete_queue",
  },
  {
    title: "A queue that must exist does not",
    args: set("queue.passive=true"),
    place: "NOT_FOUND - no queue '",
    cure: "remove queue.passive",
  },
  {
    title: "An exchange that must exist does not",
    args: set("exchange={name: no-such-exchange, passive: true}"),
    place: "NOT_FOUND - no exchange 'no-such-exchange'",
    cure: "remove exchange.passive",
  },
  {
    title: "A binding names an exchange that there is not",
    args: set("queue.bindings=[{exchange: no-such-exchange}]"),
    place: "NOT_FOUND - no exchange 'no-such-exchange'",
    cure: "the exchange of queue.bindings",
  },
  {
    title: "An exchange type that there is not",
    args: set("exchange={name: orders, type: topik}"),
    place: "unknown exchange type 'topik'",
    cure: "Check exchange.type",
  },
  {
    title: "A name is reserved",
    task: "receive",
    args: set("queue.name=amq.orders"),
    place: "queue name 'amq.orders' contains reserved prefix",
    cure: "choose another one",
  },
  {
    title: "Another connection has the queue for itself",
    task: "receive",
    args: ({ exclusive }) => set(`queue.name=${exclusive}`, "queue.exclusive=true")(),
    place: "RESOURCE_LOCKED",
    cure: "stop that one",
  },
  {
    title: "An argument that the type of the queue does not know",
    args: set("queue.arguments={x-max-priority: 5}"),
    place: "invalid arg 'x-max-priority'",
    cure: "Check the arguments of queue",
  },
] as Omit<Mistake, "code">[]).map((row) => ({ code: 5, ...row }));
