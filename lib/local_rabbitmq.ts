import { ConnectionError } from "./errors.ts";
import { bootError, untilBooted } from "./local_rabbitmq_boot.ts";
import { answersAmqp, checkPort, freePorts, isListening } from "./loopback_ports.ts";
import {
  environment,
  ignoreNotFound,
  LOG_FILE,
  type NodeName,
  type NodeState,
  readState,
  startSupervisor,
  stopSupervisor,
} from "./local_rabbitmq_process.ts";
import { findRabbitmq } from "./rabbitmq_install.ts";

/** How {@linkcode startLocalRabbitmq} starts a node. */
export interface LocalRabbitmqOptions {
  /** The folder for data, log and cookie; made if it is missing, and never removed. */
  dir: string;
  /** The AMQP port. @default a free one from 20000 to 32767 */
  port?: number | undefined;
  /**
   * The name of its Erlang node, and the port of an epmd on 127.0.0.1 that runs already: for the
   * nodes of a cluster, which must have one in common. That only one of them runs in `dir` is then
   * up to the caller.
   * @default rabbit@localhost, and an epmd of its own, which ends with it
   */
  name?: NodeName | undefined;
  /** More lines for rabbitmq.conf. @default none */
  config?: string[] | undefined;
  /** Takes a line for the person who waits, such as that RabbitMQ is being installed. */
  log?: ((line: string) => void) | undefined;
  /** Gives up a start in progress, and ends what was started. */
  signal?: AbortSignal | undefined;
}

/** A running RabbitMQ node on this machine, for asking it things. */
export class LocalRabbitmqNode {
  /** The folder of its data, log and cookie, as an absolute path. */
  readonly dir: string;
  /** The AMQP port, on the loopback interface only. */
  readonly port: number;
  /** Where to connect to. It holds RabbitMQ's default password, which works from this machine only. */
  readonly url: string;
  /** The name of its Erlang node. */
  readonly nodename: string;
  /** The process id of its Erlang VM. */
  readonly pid: number;
  /** The path of its log; the log of the run before has `.1` after its name. */
  readonly logFile: string;
  readonly #epmdPort: number;

  /** Takes what {@linkcode startLocalRabbitmq} or {@linkcode attachLocalRabbitmq} found out. */
  constructor(dir: string, { name, pid, port, epmdPort }: NodeState) {
    this.dir = dir;
    this.nodename = name;
    this.port = port;
    this.url = `amqp://guest:guest@localhost:${port}`;
    this.pid = pid;
    this.logFile = `${dir}/${LOG_FILE}`;
    this.#epmdPort = epmdPort;
  }

  /**
   * Runs `rabbitmqctl` on this node and returns what it printed. It takes about a second.
   *
   * @throws {Error} If it fails; the message is what it wrote to standard error.
   */
  async rabbitmqctl(...args: string[]): Promise<string> {
    const command = new Deno.Command(`${await findRabbitmq()}/rabbitmqctl`, {
      args: ["--node", this.nodename, "--quiet", ...args],
      cwd: this.dir,
      clearEnv: true,
      env: environment(this.dir, { name: this.nodename, epmdPort: this.#epmdPort }),
      stdin: "null",
    });
    const { success, stdout, stderr } = await command.output();
    if (success) return new TextDecoder().decode(stdout);
    const text = new TextDecoder().decode(stderr).trim() || new TextDecoder().decode(stdout).trim();
    throw new Error(`rabbitmqctl ${args[0]}: ${text}`);
  }
}

/** A RabbitMQ node that this process started and stops. */
export class LocalRabbitmq extends LocalRabbitmqNode implements AsyncDisposable {
  /** Settles when the node and its helpers have ended, for whatever reason. */
  readonly exited: Promise<void>;
  readonly #supervisor: Deno.ChildProcess;
  #stopping?: Promise<void>;

  /** Takes the supervisor that {@linkcode startLocalRabbitmq} made. */
  constructor(dir: string, state: NodeState, supervisor: Deno.ChildProcess) {
    super(dir, state);
    this.#supervisor = supervisor;
    this.exited = supervisor.status.then(() => {});
  }

  /** Stops the node in good order (about 2 s), or by force after 15 s. Its data stays. */
  stop(): Promise<void> {
    return this.#stopping ??= stopSupervisor(this.#supervisor);
  }

  /** The same as {@linkcode LocalRabbitmq.stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * Starts a RabbitMQ node as the current user and waits until it has booted. Everything it opens
 * listens on the loopback interface only, and no plugin is enabled. It ends when it is stopped, and
 * also when this process ends in any way. A folder that was used before keeps its data, also after
 * the node was killed. Where RabbitMQ is not installed, root on Debian and Ubuntu gets it installed.
 *
 * @throws {ConnectionError} If it is not installed, the port or the folder is in use, or the boot
 * fails or takes longer than 120 s.
 */
export async function startLocalRabbitmq(options: LocalRabbitmqOptions): Promise<LocalRabbitmq> {
  const { signal, config = [] } = options;
  signal?.throwIfAborted();
  await Deno.mkdir(options.dir, { recursive: true, mode: 0o700 });
  const dir = await Deno.realPath(options.dir);
  const sharesEpmd = options.name !== undefined;
  const former = await readState(dir);
  if (former && !sharesEpmd && await isListening(former.epmdPort)) {
    throw new ConnectionError(
      `Cannot start RabbitMQ in ${dir}: one runs there already, on port ${former.port}`,
      { cure: "Use that one, or stop it and wait until it has ended", retryable: false },
    );
  }
  const [distPort = 0, freePort = 0, epmdPort = 0] = freePorts(3);
  const name = options.name ?? { name: "rabbit@localhost", epmdPort };
  const port = options.port ?? freePort;
  const addresses = await checkPort(port);
  const server = `${await findRabbitmq(options.log ?? (() => {}))}/rabbitmq-server`;
  signal?.throwIfAborted();

  const conf = [
    ...addresses.map((address, index) => `listeners.tcp.${index + 1} = ${address}:${port}`),
    // One log, also for what is written before logging works: standard output.
    "log.console = true",
    "log.console.use_colors = off",
    "log.file = false",
    ...config,
  ];
  await Deno.writeTextFile(`${dir}/rabbitmq.conf`, conf.join("\n") + "\n", { mode: 0o600 });
  await Deno.writeTextFile(`${dir}/enabled_plugins`, "[].\n", { mode: 0o600 });
  await Deno.rename(`${dir}/${LOG_FILE}`, `${dir}/${LOG_FILE}.1`).catch(ignoreNotFound);

  const supervisor = startSupervisor(dir, { ...name, server, port, distPort, sharesEpmd });
  try {
    await untilBooted(dir, port, supervisor, signal);
    const state = await readState(dir);
    if (!state) throw await bootError(dir, port, "it ended as soon as it had started");
    return new LocalRabbitmq(dir, state, supervisor);
  } catch (error) {
    await stopSupervisor(supervisor);
    throw error;
  }
}

/**
 * Finds the node that another process started in this folder.
 *
 * @throws {ConnectionError} If none runs there.
 */
export async function attachLocalRabbitmq(dir: string): Promise<LocalRabbitmqNode> {
  const state = await readState(dir);
  if (!state || !await answersAmqp(state.port)) {
    throw new ConnectionError(`Cannot find a running RabbitMQ in ${dir}`, { retryable: false });
  }
  return new LocalRabbitmqNode(await Deno.realPath(dir), state);
}
