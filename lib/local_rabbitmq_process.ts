/** The processes of a local RabbitMQ node: its Erlang VM, its epmd, and a shell that minds both. */

const STATE_FILE = "node.json";
/** The log, in the folder of the node. */
export const LOG_FILE = "rabbitmq.log";

// RabbitMQ 3.10 gives the path of its data to a shell without quoting it: a space in it switches
// the disk alarm off, and an apostrophe makes the boot hang. This names the same folder, for the
// node and what it starts.
const SHELL_SAFE_DIR = Deno.build.os === "linux" ? "/proc/self/cwd" : undefined;

/**
 * The parent of the node and of its epmd, in a session of its own: CTRL+C in a terminal does not
 * reach it. Its standard input is a pipe that only the starter holds, so it also learns of a starter
 * that was killed with SIGKILL. TERM, or the end of that pipe, stops the node (SIGKILL after 15 s);
 * when the node is gone, everything in the session is.
 *
 * The epmd is the node's own, unless it is given one: the usual shared one would outlive it, and
 * listens everywhere.
 */
const SUPERVISOR = `
umask 077
exec 3<&0 </dev/null >${LOG_FILE} 2>&1
finish() { trap '' TERM; rm -f ${STATE_FILE}; kill -TERM 0; wait; exit "$1"; }
stop() {
  trap '' TERM
  # A node that was suspended can end in good order too.
  kill -TERM $node; kill -CONT $node
  tries=150
  while kill -0 $node && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done 2>/dev/null
  kill -KILL $node 2>/dev/null
  finish 0
}
[ "$3" = shared ] || epmd -address 127.0.0.1 -port "$ERL_EPMD_PORT" 3<&- &
"$1" 3<&- &
node=$!
trap stop TERM
printf '{"name":"%s","pid":%d,"port":%d,"epmdPort":%d}' \\
  "$RABBITMQ_NODENAME" $node "$2" "$ERL_EPMD_PORT" >${STATE_FILE}.new
mv ${STATE_FILE}.new ${STATE_FILE}
( read -r _ <&3; kill -TERM $$ ) &
wait $node
finish $?
`;

/** What a running node's folder says about it. */
export interface NodeState extends NodeName {
  /** The process id of the Erlang VM. */
  pid: number;
  /** The AMQP port. */
  port: number;
}

/** How an Erlang node is found. */
export interface NodeName {
  /** Its name, as `rabbit@localhost`. */
  name: string;
  /** The port of the epmd that knows it. */
  epmdPort: number;
}

/** What {@linkcode startSupervisor} starts. */
export interface SupervisorOptions extends NodeName {
  /** The path of rabbitmq-server. */
  server: string;
  /** The AMQP port. */
  port: number;
  /** The port at which the node talks to others of its cluster, and to rabbitmqctl. */
  distPort: number;
  /** Whether the epmd runs already, and is not the node's own. */
  sharesEpmd: boolean;
}

/**
 * Starts the supervisor, which starts the node. The folder must hold rabbitmq.conf and
 * enabled_plugins.
 */
export function startSupervisor(dir: string, options: SupervisorOptions): Deno.ChildProcess {
  const { server, port, distPort, sharesEpmd } = options;
  const epmd = sharesEpmd ? "shared" : "own";
  return new Deno.Command("sh", {
    args: ["-c", SUPERVISOR, "rabbitmq-supervisor", server, String(port), epmd],
    cwd: dir,
    clearEnv: true,
    env: { ...environment(dir, options), RABBITMQ_DIST_PORT: String(distPort) },
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
}

/** Ends the node and its helpers, and waits until they have ended. */
export async function stopSupervisor(supervisor: Deno.ChildProcess): Promise<void> {
  // It may have ended by itself, and closed the pipe.
  await supervisor.stdin.close().catch(() => {});
  await supervisor.status;
}

/** Reads which node runs in a folder; `undefined` if none does. */
export async function readState(dir: string): Promise<NodeState | undefined> {
  const text = await Deno.readTextFile(`${dir}/${STATE_FILE}`).catch(ignoreNotFound);
  return text === undefined ? undefined : JSON.parse(text) as NodeState;
}

/** What the node and rabbitmqctl need; nothing of the user's own RABBITMQ_… gets in. */
export function environment(dir: string, { name, epmdPort }: NodeName): Record<string, string> {
  return {
    PATH: Deno.env.get("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
    LANG: "C.UTF-8",
    HOME: dir, // where the cookie is
    ERL_EPMD_PORT: String(epmdPort),
    ERL_FLAGS: `-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}`,
    ERL_CRASH_DUMP_SECONDS: "0", // none: it takes seconds to write, and nobody here reads it
    RABBITMQ_NODENAME: name,
    RABBITMQ_CONFIG_FILE: `${dir}/rabbitmq.conf`,
    RABBITMQ_CONFIG_FILES: `${dir}/conf.d`,
    RABBITMQ_ADVANCED_CONFIG_FILE: `${dir}/advanced.config`,
    RABBITMQ_CONF_ENV_FILE: "/dev/null",
    RABBITMQ_MNESIA_BASE: `${SHELL_SAFE_DIR ?? dir}/data`,
    RABBITMQ_LOG_BASE: `${dir}/log`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${dir}/enabled_plugins`,
    // Any free port: the usual eleven limit how many rabbitmqctl can run at a time.
    RABBITMQ_CTL_DIST_PORT_MIN: "0",
    RABBITMQ_CTL_DIST_PORT_MAX: "0",
    // rabbitmq-server then becomes the Erlang VM in place of staying its parent, so that the
    // supervisor's signals reach the VM.
    RUNNING_UNDER_SYSTEMD: "true",
  };
}

/** For `catch`: a file that is not there is no error. */
export function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
