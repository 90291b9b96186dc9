/** Runs the real scripts as a user does, with the permissions that their tasks give them. */
import { fileURLToPath } from "node:url";
import denoJson from "../../deno.json" with { type: "json" };
import { plainly } from "./environment.ts";
import { until } from "./processes.ts";
import { assertNoSecret } from "./secret.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The broker under test: `deno task test` sees to it that there is one. */
export const TEST_URL = Deno.env.get("AMQP_TEST_URL") ?? "amqp://guest:guest@localhost";

/** How long a script may take, in ms, before the test fails. */
const TIMEOUT = 120_000;

/** A task that a user runs. */
export type Task = "send" | "receive" | "work" | "replay" | "doctor";

/** How a script is run. */
export interface ScriptOptions {
  /** What goes to standard input. Default: nothing; it is closed. */
  stdin?: string | Uint8Array;
  /** The broker. Default: the one under test; `null`: as the config says. */
  url?: string | null;
  /** More environment variables; colour is off unless these say otherwise. */
  env?: Record<string, string>;
  /** Keeps standard input open, for {@linkcode Script.write}. Default: no. */
  openStdin?: boolean;
  /** Takes standard output as it comes; it is not kept then. Default: it is kept. */
  onStdout?: (bytes: Uint8Array) => void;
  /** How long {@linkcode Script.ended} waits, in ms. Default: 120,000. */
  timeout?: number;
  /** Reads standard output only after {@linkcode Script.resume}. Default: no. */
  paused?: boolean;
  /** Runs it by a shell, in which it is `"$@"`: `exec "$@" >/dev/full`. Default: without one. */
  shell?: string;
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
  task: Task,
  args: string[],
  options: ScriptOptions = {},
): Promise<Result> {
  await using script = start(task, args, options);
  return await script.ended();
}

/** Runs a script that must exit 0. */
export async function succeed(
  task: Task,
  args: string[],
  options: ScriptOptions = {},
): Promise<Result> {
  const result = await run(task, args, options);
  if (result.code !== 0) throw new Error(`${task} ended with ${result.code}:\n${result.stderr}`);
  return result;
}

/** A script that runs. Its disposal ends it by force, if it has not ended. */
export class Script implements AsyncDisposable {
  readonly pid: number;
  #stdout = new Uint8Array();
  #stderr = new Uint8Array();
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  readonly #resumed = Promise.withResolvers<void>();
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array> | undefined;
  readonly #timeout: number;
  #status: Deno.CommandStatus | undefined;

  constructor(child: Deno.ChildProcess, options: ScriptOptions = {}) {
    const { openStdin, paused, timeout = TIMEOUT } = options;
    const { onStdout = (bytes) => this.#stdout = join(this.#stdout, bytes) } = options;
    this.#child = child;
    this.#timeout = timeout;
    this.pid = child.pid;
    if (openStdin) this.#stdin = child.stdin.getWriter();
    if (!paused) this.resume();
    this.#reading = Promise.all([
      this.#resumed.promise.then(() => read(child.stdout, onStdout)),
      read(child.stderr, (bytes) => this.#stderr = join(this.#stderr, bytes)),
      child.status.then((status) => this.#status = status),
    ]);
  }

  /** Whether it has ended. */
  get hasEnded(): boolean {
    return this.#status !== undefined;
  }

  /** Begins to read its standard output, if that was `paused`. */
  resume(): void {
    this.#resumed.resolve();
  }

  /** Writes to its standard input, if that was kept open; waits until it has taken the text. */
  async write(text: string): Promise<void> {
    await this.#stdin?.write(new TextEncoder().encode(text));
  }

  /** Ends its standard input. */
  async closeStdin(): Promise<void> {
    // It may have ended before.
    await this.#stdin?.close().catch(() => {});
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

  /** Sends it a signal, unless it has ended. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      const hasEnded = error instanceof TypeError || error instanceof Deno.errors.NotFound;
      if (!hasEnded) throw error;
    }
  }

  /** Waits for its end, however long it takes. */
  async exit(): Promise<void> {
    await this.#child.status;
  }

  /** Waits for its end, at most `timeout` ms: then it is killed. */
  async ended(): Promise<Result> {
    const timer = setTimeout(() => this.kill("SIGKILL"), this.#timeout);
    await this.#child.status;
    clearTimeout(timer);
    this.resume();
    await this.closeStdin();
    await this.#reading;
    const { stdout, stderr } = this;
    assertNoSecret(stdout, "a script");
    assertNoSecret(stderr, "a script");
    return { code: this.#status?.code ?? -1, stdout, stderr, bytes: this.#stdout };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#status) this.kill("SIGKILL");
    await this.ended();
  }
}

/** Starts a script. */
export function start(
  task: Task,
  args: string[],
  options: ScriptOptions = {},
): Script {
  const { stdin, url = TEST_URL, env = {}, openStdin, shell } = options;
  const [, ...taskArgs] = denoJson.tasks[task].command.split(" ");
  // The URL has a password in it: it goes in by the environment, as a secret should.
  const broker = url === null ? [] : ["--set", 'broker={url: "${AMQP_URL}"}'];
  const [program = "", ...programArgs] = [
    ...(shell === undefined ? [] : ["sh", "-c", shell, "sh"]),
    Deno.execPath(),
    ...taskArgs,
    ...broker,
    ...args,
  ];
  const child = new Deno.Command(program, {
    args: programArgs,
    cwd: root,
    ...plainly({ ...(url !== null && { AMQP_URL: url }), ...env }),
    stdin: stdin === undefined && !openStdin ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) feed(child.stdin, stdin);
  return new Script(child, options);
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

async function read(
  stream: ReadableStream<Uint8Array>,
  take: (bytes: Uint8Array) => void,
): Promise<void> {
  for await (const chunk of stream) take(chunk);
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
