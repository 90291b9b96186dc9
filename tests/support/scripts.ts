/** Runs the real scripts as a user does, with the permissions that their tasks give them. */
import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import denoJson from "../../deno.json" with { type: "json" };
import { until } from "./processes.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The broker under test: `deno task test` sees to it that there is one. */
export const TEST_URL = Deno.env.get("AMQP_TEST_URL") ?? "amqp://guest:guest@localhost";

/** How long a script may take, in ms, before the test fails. */
const TIMEOUT = 60_000;

/** How a script is run. */
export interface ScriptOptions {
  /** What goes to standard input. Default: nothing; it is closed. */
  stdin?: string | Uint8Array;
  /** The broker. Default: the one under test; `null`: as the config says. */
  url?: string | null;
  /** More environment variables. */
  env?: Record<string, string>;
}

/** How a script ended. */
export interface Result {
  code: number;
  stdout: string;
  stderr: string;
  bytes: Uint8Array;
}

/** Runs a script to its end. */
export async function run(
  task: "send" | "receive",
  args: string[],
  options: ScriptOptions = {},
): Promise<Result> {
  await using script = start(task, args, options);
  return await script.ended();
}

/** Runs a script that must exit 0. */
export async function succeed(
  task: "send" | "receive",
  args: string[],
  options: ScriptOptions = {},
): Promise<Result> {
  const result = await run(task, args, options);
  assertEquals(result.code, 0, result.stderr);
  return result;
}

/** A script that runs. Its disposal ends it by force, if it has not ended. */
export class Script implements AsyncDisposable {
  readonly pid: number;
  #stdout = new Uint8Array();
  #stderr = new Uint8Array();
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  #status: Deno.CommandStatus | undefined;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.pid = child.pid;
    this.#reading = Promise.all([
      collect(child.stdout, (bytes) => this.#stdout = bytes),
      collect(child.stderr, (bytes) => this.#stderr = bytes),
      child.status.then((status) => this.#status = status),
    ]);
  }

  /** What it has written to standard output so far. */
  get stdout(): string {
    return new TextDecoder().decode(this.#stdout);
  }

  /** What it has written to standard error so far. */
  get stderr(): string {
    return new TextDecoder().decode(this.#stderr);
  }

  /** Waits until it has written a text to standard error or standard output. */
  async said(text: string): Promise<void> {
    await until(
      () => {
        const isThere = this.stderr.includes(text) || this.stdout.includes(text);
        if (!isThere && this.#status) {
          throw new Error(`It ended with ${this.#status.code} without "${text}":\n${this.stderr}`);
        }
        return Promise.resolve(isThere);
      },
      { what: `it said "${text}"`, timeout: TIMEOUT },
    );
  }

  /** Sends it a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for its end. */
  async ended(): Promise<Result> {
    const timer = setTimeout(() => this.kill("SIGKILL"), TIMEOUT);
    await this.#reading;
    clearTimeout(timer);
    const { stdout, stderr } = this;
    return { code: this.#status?.code ?? -1, stdout, stderr, bytes: this.#stdout };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#status) this.kill("SIGKILL");
    await this.#reading;
  }
}

/** Starts a script. */
export function start(
  task: "send" | "receive",
  args: string[],
  { stdin, url = TEST_URL, env = {} }: ScriptOptions = {},
): Script {
  const [, ...taskArgs] = denoJson.tasks[task].command.split(" ");
  // The URL has a password in it: it goes in by the environment, as a secret should.
  const broker = url === null ? [] : ["--set", 'broker={url: "${AMQP_URL}"}'];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...taskArgs, ...broker, ...args],
    cwd: root,
    env: { ...(url !== null && { AMQP_URL: url }), ...env, NO_COLOR: "1" },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) feed(child.stdin, stdin);
  return new Script(child);
}

async function feed(stream: WritableStream<Uint8Array>, text: string | Uint8Array): Promise<void> {
  const writer = stream.getWriter();
  try {
    await writer.write(typeof text === "string" ? new TextEncoder().encode(text) : text);
    await writer.close();
  } catch {
    // It ended before it had read all of it.
  }
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  update: (bytes: Uint8Array<ArrayBuffer>) => void,
): Promise<void> {
  let all = new Uint8Array();
  for await (const chunk of stream) {
    const longer = new Uint8Array(all.length + chunk.length);
    longer.set(all);
    longer.set(chunk, all.length);
    update(all = longer);
  }
}
