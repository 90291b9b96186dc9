/** A copy of the project in which the commands of the documents are run as they stand. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { BROKER } from "./broker_login.ts";
import { plainly } from "./environment.ts";
import { NODE } from "./node_settings.ts";
import { Script, TEST_URL } from "./scripts.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What of the project is copied: what a user has, but for tests and documents. */
const COPIED = ["config.yaml", "deno.json", "deno.lock", "dist", "examples", "lib", "scripts"];

/** How long a command may take, in seconds. */
const TIMEOUT = 120;

/** A folder, and a virtual host of its own. */
export interface Sandbox extends AsyncDisposable {
  readonly dir: string;
  /** The virtual host, as a URL. */
  readonly url: string;
  /** Writes a file into the folder. */
  write(name: string, text: string): Promise<void>;
  /** Starts a command in a shell. */
  start(command: string, options?: ShellOptions): Script;
}

/** How a command is started. */
export interface ShellOptions {
  /** More environment variables. */
  env?: Record<string, string>;
  /** Whether it gets no environment but this. Default: it gets ours too. */
  clearEnv?: boolean;
}

/** Makes a sandbox, in which `url: ${AMQP_URL}` is in place of the host of config.yaml. */
export async function openSandbox(): Promise<Sandbox> {
  const dir = await Deno.makeTempDir({ prefix: "amqp-tasks-docs-" });
  const copy = await new Deno.Command("cp", { args: ["-R", ...COPIED, dir], cwd: root }).output();
  if (!copy.success) throw new Error(new TextDecoder().decode(copy.stderr));
  const config = await Deno.readTextFile(`${dir}/config.yaml`);
  await Deno.writeTextFile(
    `${dir}/config.yaml`,
    config.replace(/host: localhost.*/, "url: ${AMQP_URL}"),
  );
  const { url, ...vhost } = await addVirtualHost();
  return {
    dir,
    url,
    write: (name, text) => Deno.writeTextFile(`${dir}/${name}`, text),
    start: (command, { env = {}, clearEnv = false } = {}) => {
      const path = `${dirname(Deno.execPath())}:${Deno.env.get("PATH")}`;
      // Ends all that the shell has started, which would keep its output open.
      const child = new Deno.Command("timeout", {
        args: ["-k", "5", String(TIMEOUT), "sh", "-c", command],
        cwd: dir,
        ...(clearEnv ? { clearEnv, env } : plainly({ PATH: path, AMQP_URL: url, ...env })),
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      });
      return new Script(child.spawn());
    },
    [Symbol.asyncDispose]: async () => {
      await vhost[Symbol.asyncDispose]();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

/** Makes a virtual host of a test's own, in which its user may do everything. */
export async function addVirtualHost(): Promise<AsyncDisposable & { url: string }> {
  const node = await attachLocalRabbitmq(NODE);
  const name = crypto.randomUUID();
  const user = decodeURIComponent(BROKER.username) || "guest";
  await node.rabbitmqctl("add_vhost", name);
  await node.rabbitmqctl("set_permissions", "-p", name, user, ".*", ".*", ".*");
  return {
    url: new URL(`/${name}`, TEST_URL).href,
    [Symbol.asyncDispose]: async () => void await node.rabbitmqctl("delete_vhost", name),
  };
}
