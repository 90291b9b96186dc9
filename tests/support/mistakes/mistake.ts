/** A mistake that a user can make, and what the script must say about it. */
import type { Task } from "../scripts.ts";

/** What there is for the mistakes to be made with. */
export interface Scene {
  /** A folder with files that are wrong, see `scene.ts`. */
  dir: string;
  /** `host:port` of the broker under test. */
  broker: string;
  /** A port at which nothing listens. */
  closed: number;
  /** A port that speaks HTTP. */
  http: number;
  /** Ports that speak TLS, each with a certificate; 0: there is no openssl. */
  tls: { good: number; expired: number; wrongHost: number };
  /** The CA that signed them. */
  ca: string;
  /** A queue that is durable and classic. */
  classic: string;
  /** A queue that another connection has for itself. */
  exclusive: string;
}

/** A row of the table. */
export interface Mistake {
  /** What was done wrong, as a heading. */
  title: string;
  code: number;
  /** Default: `send`. */
  task?: Task;
  /** Arguments. */
  args?: (scene: Scene) => string[];
  /** The text of `config.yaml`, instead of one with a queue of this row's own; QUEUE is its name. */
  config?: string;
  /** Whether the broker is the one under test. Default: only with an exit code of 4 or 5. */
  connects?: boolean;
  /** Standard input. */
  stdin?: string;
  /** Sends this first, to that queue. */
  before?: string;
  /** The shell that runs it, see `ScriptOptions`. */
  shell?: string;
  /** Text of the first line that names the place, or what it is about. */
  place: string;
  /** Text that says what to do. */
  cure: string;
  /** What it needs besides a broker. */
  needs?: "openssl" | "node" | "linux";
}

/** `--set broker=…`, with the login in the environment. */
export function broker(settings: Record<string, unknown>): string[] {
  return ["--set", `broker=${JSON.stringify(settings)}`];
}
