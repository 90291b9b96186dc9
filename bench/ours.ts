/** Our own `send` and `receive`, as the tasks in deno.json run them. */
import denoJson from "../deno.json" with { type: "json" };
import { type Client, type Job, WORD } from "./clients.ts";
import { ROOT } from "./folders.ts";
import type { Command } from "./process.ts";

/** The name of it in the report. */
export const OURS = "amqp-tasks";
/** How the one-shot sends of ours are started. */
export const TYPED = "deno task send";
export const PROCESS = "without deno task";

/** Runs the program of a task, without `deno task`. */
export function runTask(task: "send" | "receive", job: Job, ...args: string[]): Command {
  const [, ...taskArgs] = denoJson.tasks[task].command.split(" ");
  return ours([...taskArgs, ...target(job), ...args], job);
}

/** Sends with a window of its own. */
export function runWindow(job: Job, window?: number): Command {
  const flags = ["--no-prompt", "--allow-net", "--allow-read", "--allow-env"];
  const args = [job.queue, job.type, job.file, ...(window === undefined ? [] : [`${window}`])];
  return ours(["run", ...flags, `${ROOT}bench/window.ts`, ...args], job);
}

/** Ours. */
export const ourClient: Client = {
  name: OURS,
  usage: "`send --lines FILE`, and `receive --count N` in its default format, which also escapes " +
    "what could drive a terminal",
  send: { command: (job) => runTask("send", job, "--lines", job.file) },
  receive: { command: (job) => runTask("receive", job, "--count", String(job.count)) },
  starts: [
    {
      setting: TYPED,
      command: (job) => ours(["task", "send", ...target(job), WORD], job),
    },
    { setting: PROCESS, command: (job) => runTask("send", job, WORD) },
  ],
};

/** Whether a client is ours. */
export function isOurs({ client }: { client: string }): boolean {
  return client === OURS;
}

function ours(args: string[], { url }: Job): Command {
  return { args: [Deno.execPath(), ...args], env: { AMQP_URL: url } };
}

function target({ queue, type }: Job): string[] {
  const settings = ['broker={url: "${AMQP_URL}"}', `queue.name=${queue}`, `queue.type=${type}`];
  return settings.flatMap((setting) => ["--set", setting]);
}
