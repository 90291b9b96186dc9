/** Mistakes in the config file; 847362 must never be seen. */
import type { Mistake } from "./mistake.ts";

const YAML = "config.yaml:";

export const CONFIG: Mistake[] = [
  {
    title: "A key is misspelt",
    config: "broker:\n  hots: rabbit.example.com\nqueue:\n  name: orders\n",
    place: `${YAML}2:3: unknown key "hots"`,
    cure: 'did you mean "host"?',
  },
  {
    title: "A key is in the wrong place",
    config: "queue:\n  name: orders\npassword: '847362'\n",
    place: `${YAML}3:1: unknown key "password"`,
    cure: "known are broker, exchange, queue",
  },
  {
    title: "A value has the wrong type",
    config: "queue:\n  name: orders\n  durable: yes\n",
    place: `${YAML}3:3: queue.durable`,
    cure: "must be true or false",
  },
  {
    title: "A value is none of those that there are",
    config: "queue:\n  name: orders\n  type: quorom\n",
    place: `${YAML}3:3: queue.type`,
    cure: 'did you mean "quorum"?',
  },
  {
    title: "A queue has no name",
    config: "queue:\n  type: classic\n",
    place: `${YAML}1:1: queue.name`,
    cure: "is missing",
  },
  {
    title: "A tab indents",
    config: "broker:\n\thost: rabbit.example.com\n",
    place: `${YAML}2:1: not valid YAML`,
    cure: "use spaces",
  },
  {
    title: "A key stands twice",
    config: "queue:\n  name: orders\n  name: invoices\n",
    place: `${YAML}3:3: not valid YAML`,
    cure: "this key stands twice",
  },
  {
    title: "A quote is not closed",
    config: 'queue:\n  name: "orders\nmessage:\n  payload: Hello\n',
    place: `${YAML}2:9: not valid YAML`,
    cure: "this quote is not closed",
  },
  {
    title: "The space after a colon is missing",
    config: "broker:\n  host: localhost\n  password:847362\n",
    place: `${YAML}3:3: not valid YAML`,
    cure: "a colon, or the space after it, is missing",
  },
  {
    title: "A text begins with a character that YAML needs",
    config: "queue:\n  name: @orders\n",
    place: `${YAML}2:9: not valid YAML`,
    cure: "put it in quotes",
  },
  {
    title: "A port is no port",
    config: "broker:\n  port: 70000\nqueue:\n  name: orders\n",
    place: `${YAML}2:3: broker.port (70000)`,
    cure: "65535",
  },
  {
    title: "A host has a scheme",
    config: "broker:\n  host: amqp://rabbit.example.com\nqueue:\n  name: orders\n",
    place: `${YAML}2:3: broker.host`,
    cure: "write it as broker.url",
  },
  {
    title: "A password that YAML reads as a number",
    config: "broker:\n  password: 847362\nqueue:\n  name: orders\n",
    place: `${YAML}2:3: broker.password`,
    cure: "put it in quotes",
  },
  {
    title: "A virtual host with a slash in a URL",
    config: "broker:\n  url: amqp://me:847362@rabbit.example.com/a/b\nqueue:\n  name: orders\n",
    place: `${YAML}2:3: broker.url`,
    cure: "is not like amqp://user:password@host:port/vhost",
  },
  {
    title: "A client certificate without its key",
    config: "broker:\n  tls: { cert: client.pem }\nqueue:\n  name: orders\n",
    place: `${YAML}1:1: broker has only one of tls.cert and tls.key`,
    cure: "needs both",
  },
  {
    title: "A duration without a unit",
    config: "broker:\n  heartbeat: 10\nqueue:\n  name: orders\n",
    place: `${YAML}2:3: broker.heartbeat`,
    cure: "write a number and a unit",
  },
  {
    title: "A variable is not set",
    config: "broker:\n  host: ${AMQP_NO_SUCH}\nqueue:\n  name: orders\n",
    place: `${YAML}2:3: the environment variable AMQP_NO_SUCH is not set`,
    cure: "write ${AMQP_NO_SUCH:-default}",
  },
  {
    title: "A variable whose name does not begin with AMQP_",
    config: "broker:\n  host: ${HOME}\nqueue:\n  name: orders\n",
    place: `${YAML}2:3: \${HOME} cannot be filled in`,
    cure: "begin with AMQP_",
  },
  {
    title: "An argument of the queue is misspelt",
    config: "queue:\n  name: orders\n  arguments: { x-max-lenght: 5 }\n",
    place: `${YAML}3:16: queue.arguments.x-max-lenght`,
    cure: 'did you mean "x-max-length"?',
  },
].map((row) => ({ code: 2, ...row }));

export const FILES: Mistake[] = [
  {
    title: "There is no such config",
    args: () => ["--config", "no-such.yaml"],
    place: 'there is no file "no-such.yaml"',
    cure: "It is looked for in ",
  },
  {
    title: "The config is a folder",
    args: ({ dir }: { dir: string }) => ["--config", `${dir}/folder`],
    place: '/folder" is a folder',
    cure: "Name a file in it: --config",
  },
  {
    title: "The config is not UTF-8",
    args: ({ dir }: { dir: string }) => ["--config", `${dir}/latin1.yaml`],
    place: '/latin1.yaml": it is not UTF-8',
    cure: "Save it as UTF-8",
  },
  {
    title: "A CA file is missing",
    args: () => ["--set", "broker.tls={ca: nowhere.pem}"],
    place: "Cannot read broker.tls.ca: ",
    cure: "Name a PEM file, relative to the folder of the config",
  },
  {
    title: "A CA file is no certificate",
    args: ({ dir }: { dir: string }) => ["--set", `broker.tls.ca=${dir}/orders.txt`],
    place: "Cannot use broker.tls.ca: ",
    cure: "Name a file in PEM format",
  },
].map((row) => ({ code: 2, ...row }));
