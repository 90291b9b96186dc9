/** RabbitMQ's tutorials: our examples of them, and programs of our own that do with pika the same. */
import { fileURLToPath } from "node:url";
import { BROKER, LOGIN } from "./broker_login.ts";
import { NODE } from "./node_settings.ts";
import { withChannel } from "./queues.ts";
import { Script, type ScriptOptions, start, TEST_URL } from "./scripts.ts";

const PROGRAMS = fileURLToPath(new URL("./pika/", import.meta.url));
const PYTHON = Deno.env.get("AMQP_TEST_PYTHON") ?? "";

/** A test that is skipped where there is no pika. */
export function testWithPika(name: string, fn: () => Promise<void>): void {
  const suffix = PYTHON ? "" : " (skipped: there is no Python with pika)";
  Deno.test({ name: name + suffix, ignore: !PYTHON, fn });
}

/** An example, run as it stands; what it declares at the broker is deleted at the end of a test. */
export class Tutorial implements AsyncDisposable {
  readonly #config: string;
  readonly #kind: "queue" | "exchange";
  /**
   * Name of its queue or exchange: the tutorial's, which is what the example has; but where others
   * may have one of that name, one of the test's own.
   */
  readonly name: string;

  /** Takes the config, and the name in it of the queue or else of the exchange. */
  constructor(config: string, kind: "queue" | "exchange", name: string) {
    this.#config = config;
    this.#kind = kind;
    this.name = NODE ? name : `amqp-tasks.test.${crypto.randomUUID()}`;
  }

  /** Starts one of our tasks. */
  start(task: "send" | "receive", args: string[] = [], options: ScriptOptions = {}): Script {
    const named = NODE ? [] : ["--set", `${this.#kind}.name=${this.name}`];
    // The examples take the broker from AMQP_URL.
    const broker = { url: null, env: { AMQP_URL: TEST_URL } };
    return start(task, ["--config", this.#config, ...named, ...args], { ...broker, ...options });
  }

  /** Starts a program of `pika/`, which gets the name and these arguments. */
  startPika(program: string, ...args: string[]): Script {
    const command = new Deno.Command(PYTHON, {
      args: [`${program}.py`, BROKER.hostname, BROKER.port || "5672", this.name, ...args],
      cwd: PROGRAMS,
      env: { ...LOGIN.env, PYTHONDONTWRITEBYTECODE: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    return new Script(command.spawn());
  }

  /** Runs `deno task send`, and returns what it prints. */
  send(args: string[] = [], options: ScriptOptions = {}): Promise<string> {
    return succeeded(this.start("send", args, options));
  }

  /** Runs `deno task receive`, which must end by itself, and returns what it prints. */
  receive(args: string[]): Promise<string> {
    return succeeded(this.start("receive", args));
  }

  /** Runs a program of `pika/`, which must end by itself, and returns what it prints. */
  pika(program: string, ...args: string[]): Promise<string> {
    return succeeded(this.startPika(program, ...args));
  }

  /** How many messages are ready in the queue, that is, in nobody's hands. */
  ready(): Promise<number> {
    return withChannel(TEST_URL, async (channel) => {
      return (await channel.queueDeclare(this.name, { passive: true })).messageCount;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await withChannel(TEST_URL, async (channel) => {
      if (this.#kind === "exchange") await channel.exchangeDelete(this.name);
      else {
        // A receiver with a handler declares two more, for what it fails on.
        for (const suffix of ["", ".retry.10000ms", ".dead-letter"]) {
          await channel.queueDelete(this.name + suffix);
        }
      }
    });
  }
}

async function succeeded(script: Script): Promise<string> {
  await using running = script;
  const { code, stdout, stderr } = await running.ended();
  if (code !== 0) throw new Error(`It ended with ${code}:\n${stderr}`);
  return stdout;
}
