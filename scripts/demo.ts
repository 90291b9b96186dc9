/** `deno task demo`: one message sent and received by the real scripts, on any machine. */
import { fileURLToPath } from "node:url";
import type { BrokerConfig } from "../lib/config_schema.ts";
import { loadConfig } from "../lib/config.ts";
import { endpointsOf, loginOf } from "../lib/endpoint.ts";
import { ConfigError, ConnectionError, ExitCode } from "../lib/errors.ts";
import { startLocalRabbitmq } from "../lib/local_rabbitmq.ts";
import { answersAmqp } from "../lib/loopback_ports.ts";
import { printLine, printText, quote } from "../lib/terminal.ts";
import denoJson from "../deno.json" with { type: "json" };
import { parseArguments } from "./_arguments.ts";
import { runMain } from "./_main.ts";

const HELP = `Show a message sent and received, on a local RabbitMQ that is started if none
answers.

Usage:
  deno task demo

Options:
  -h, --help    print this

It runs receive and send on a queue of its own at the broker of config.yaml. If
that is to be on this machine and does not answer, the demo starts a RabbitMQ,
and stops it at the end.

Exit codes:
  0    the message was sent and received
  3    no broker: unreachable, login refused, or it does not start
  130  stopped by CTRL+C
  and those of send and receive, should one of these fail
`;

/** How long the scripts may take together, in ms. */
const TIMEOUT = 60_000;
/** How long a script that is told to end may take, in ms. */
const GRACE = 5_000;

const root = fileURLToPath(new URL("../", import.meta.url));

await runMain(async (args, signal) => {
  const { values, words } = parseArguments(args, { help: { type: "boolean", short: "h" } });
  if (words[0] !== undefined) throw new ConfigError(`Cannot take the argument ${quote(words[0])}`);
  if (values.help) {
    printText(HELP);
    return ExitCode.Ok;
  }
  Deno.chdir(root);
  try {
    await using resources = new AsyncDisposableStack();
    await provideBroker((await loadConfig("config.yaml")).broker, resources, signal);
    return await sendAndReceive(signal);
  } catch (error) {
    if (signal.aborted) return ExitCode.Forced;
    throw error;
  }
});

async function provideBroker(
  broker: BrokerConfig,
  resources: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<void> {
  const [endpoint, ...others] = endpointsOf(broker);
  if (!endpoint?.isLocal || others.length > 0 || loginOf(broker).tls) return;
  const { port } = endpoint;
  for (const hostname of ["127.0.0.1", "::1"]) {
    if (await answersAmqp(port, { hostname })) return;
  }
  printLine(` [*] No broker answers on port ${port}: starting one for the demo …`);
  const dir = await Deno.makeTempDir({ prefix: "amqp-tasks-demo-" });
  resources.defer(() => Deno.remove(dir, { recursive: true }));
  resources.use(
    await startLocalRabbitmq({ dir, port, log: (line) => printLine(` [*] ${line}`), signal }),
  );
}

async function sendAndReceive(signal: AbortSignal): Promise<number> {
  const done = new AbortController();
  const late = setTimeout(() => done.abort(), TIMEOUT);
  const stop = AbortSignal.any([signal, done.signal]);
  // A queue of the demo's own, so that it takes nobody's messages; it goes away by itself.
  const queue = [
    `--set=queue.name=amqp-tasks.demo.${crypto.randomUUID().slice(0, 8)}`,
    "--set=queue.arguments.x-expires=60000",
  ];
  const receiver = spawn("receive", ["--count", "1", ...queue], "piped", stop);
  const waits = Promise.withResolvers<boolean>();
  const told = passOn(receiver.stderr, waits.resolve);
  try {
    let code: number = ExitCode.Ok;
    if (await waits.promise) code = (await spawn("send", queue, "inherit", stop).status).code;
    // The message often arrives before the broker's confirmation: it is held back in the pipe so
    // that people always see it sent first.
    if (code === ExitCode.Ok) {
      printText(await new Response(receiver.stdout).text());
      code = (await receiver.status).code;
    } else await receiver.stdout.cancel();
    if (done.signal.aborted) {
      throw new ConnectionError(`The demo did not end within ${TIMEOUT / 1000} s`);
    }
    return signal.aborted ? ExitCode.Forced : code;
  } finally {
    clearTimeout(late);
    done.abort();
    await Promise.all([receiver.status, told]);
  }
}

/** Starts a script with its task's permissions; `stop` ends it, by force when it takes too long. */
function spawn(
  task: "send" | "receive",
  args: string[],
  output: "piped" | "inherit",
  stop: AbortSignal,
): Deno.ChildProcess {
  const [, ...taskArgs] = denoJson.tasks[task].command.split(" ");
  const child = new Deno.Command(Deno.execPath(), {
    args: [...taskArgs, ...args],
    stdin: "null",
    stdout: output,
    stderr: output,
    signal: stop,
  }).spawn();
  let ended = false;
  child.status.then(() => ended = true);
  stop.addEventListener("abort", () => {
    const force = setTimeout(() => ended || child.kill("SIGKILL"), GRACE);
    child.status.then(() => clearTimeout(force));
  });
  return child;
}

/** Passes on what the receiver says, and tells when it waits for messages, or ended without. */
async function passOn(
  stderr: ReadableStream<Uint8Array>,
  waits: (yes: boolean) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stderr) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(printLine);
    if (lines.some((line) => line.includes("[*] Waiting"))) waits(true);
  }
  if (rest) printLine(rest);
  waits(false);
}
