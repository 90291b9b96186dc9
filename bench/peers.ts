/** The other clients, each used as its own documentation says is fast. */
import { fileURLToPath } from "node:url";
import { type Client, type Job, WORD } from "./clients.ts";

/** Where the programs that use them are. */
const PROGRAMS = fileURLToPath(new URL("./peers/", import.meta.url));

/** What amqp-publish takes for a line at most, in bytes; it cuts a longer one into messages. */
const LINE = 32_766;

/** pika, given a Python that has it. */
export function pika(python: string): Client {
  const program = (name: string) => [python, `${PROGRAMS}pika_${name}.py`];
  return {
    name: "pika",
    usage: "BlockingConnection; a publish waits for its confirmation, as it does by default; an " +
      "acknowledgement for each message, prefetch 1,000",
    send: { ...sends(program("send")), share: 1 / 30 },
    receive: { ...receives(program("receive")), share: 1 / 8 },
    starts: [once(program("once"))],
  };
}

/** amqplib, in a folder of npm packages. */
export function amqplib(packages: string): Client {
  const program = nodeProgram(packages, "amqplib");
  return {
    name: "amqplib",
    usage: "confirm channel with callbacks, 1,000 unconfirmed; all that was printed at once is " +
      "acknowledged at once (`allUpTo`), prefetch 1,000",
    send: sends(program("send")),
    receive: receives(program("receive")),
    starts: [once(program("once"))],
  };
}

/** rabbitmq-client, in a folder of npm packages. */
export function rabbitmqClient(packages: string): Client {
  const program = nodeProgram(packages, "rabbitmq_client");
  return {
    name: "rabbitmq-client",
    usage: "`createPublisher({confirm: true})`, 1,000 promises at a time; a consumer that " +
      "acknowledges each message after its handler has printed it, prefetch 1,000",
    send: sends(program("send")),
    receive: receives(program("receive")),
    starts: [],
  };
}

/** The command line tools of librabbitmq. */
export const amqpTools: Client = {
  name: "amqp-tools",
  usage:
    "`amqp-publish -l`, which confirms nothing, is not told of what is unroutable and sends no " +
    "`message_id`; `amqp-consume`, which starts a program (`cat`) for each message",
  send: {
    command: ({ url, queue, file }) => ({
      args: ["amqp-publish", "-u", url, "-r", queue, "-p", "-l"],
      stdin: file,
    }),
    largest: LINE,
    mayLose: true,
  },
  receive: {
    command: ({ url, queue, count }) => ({
      args: ["amqp-consume", "-u", url, "-q", queue, "-c", `${count}`, "-p", "1000", "cat"],
    }),
    share: 1 / 200,
    prints: "bytes",
  },
  starts: [{
    setting: "confirms nothing",
    command: ({ url, queue }) => ({
      args: ["amqp-publish", "-u", url, "-r", queue, "-p", "-b", WORD],
    }),
  }],
};

interface Program {
  args: string[];
  env: Record<string, string>;
}

function nodeProgram(packages: string, prefix: string): (name: string) => Program {
  return (name) => ({
    args: ["node", `${PROGRAMS}${prefix}_${name}.mjs`],
    env: { NODE_PATH: packages },
  });
}

function sends(program: Program | string[]): Client["send"] {
  return { command: ({ url, queue, file }: Job) => withArgs(program, url, queue, file) };
}

function receives(program: Program | string[]): Client["receive"] {
  return { command: ({ url, queue, count }: Job) => withArgs(program, url, queue, `${count}`) };
}

function once(program: Program | string[]): Client["starts"][number] {
  return { command: ({ url, queue }: Job) => withArgs(program, url, queue, WORD) };
}

function withArgs(program: Program | string[], ...args: string[]): Program {
  const { args: first, env } = Array.isArray(program) ? { args: program, env: {} } : program;
  return { args: [...first, ...args], env };
}
