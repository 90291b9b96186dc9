/**
 * The exit codes of every script.
 *
 * | code | meaning |
 * |---|---|
 * | 0 | done |
 * | 1 | failed unexpectedly, or the output could not be written |
 * | 2 | bad config or arguments |
 * | 3 | no broker: unreachable, login refused, TLS |
 * | 4 | a message was not accepted: unroutable, rejected, not confirmed in time; or not answered |
 * | 5 | the topology was refused: 403, 404, 405, 406, … |
 * | 130 | forced by a second CTRL+C |
 */
export const ExitCode: Readonly<
  Record<
    "Ok" | "Unexpected" | "Config" | "Connection" | "Publish" | "Topology" | "Forced",
    number
  >
> = {
  Ok: 0,
  Unexpected: 1,
  Config: 2,
  Connection: 3,
  Publish: 4,
  Topology: 5,
  Forced: 130,
};

/** What every error of this package can carry besides its message. */
export interface ErrorDetails extends ErrorOptions {
  /** What to do next, as one or more lines for the person at the terminal. */
  cure?: string | undefined;
  /** Whether trying again on a new connection may help. Default: only after a lost connection. */
  retryable?: boolean | undefined;
}

/** An error that a user can do something about: it has an exit code and, mostly, a cure. */
export abstract class AmqpTasksError extends Error {
  /** The exit code of a script that ends with this error. */
  abstract readonly exitCode: number;
  /** What to do next, as one or more lines; empty when there is nothing useful to say. */
  readonly cure: string;
  /** Whether trying again on a new connection may help. */
  readonly retryable: boolean;

  /** Takes the message, one sentence without a final period, and the cure. */
  constructor(message: string, { cure = "", retryable = false, ...options }: ErrorDetails = {}) {
    super(message, "cause" in options ? { cause: withoutClient(options.cause) } : undefined);
    this.name = this.constructor.name;
    this.cure = cure;
    this.retryable = retryable;
  }
}

/** The client's errors refer to the client, and with it to the password and the private key. */
function withoutClient(cause: unknown): unknown {
  if (!(cause instanceof Error) || !("connection" in cause)) return cause;
  const copy = new Error(cause.message);
  copy.name = cause.name;
  return copy;
}

/** The config file, an override or an argument is wrong. Nothing was sent to the broker. */
export class ConfigError extends AmqpTasksError {
  /** {@linkcode ExitCode}`.Config`. */
  override readonly exitCode: number = ExitCode.Config;
}

/** There is no connection to a broker: unreachable, login refused, TLS, lost and not regained. */
export class ConnectionError extends AmqpTasksError {
  /** {@linkcode ExitCode}`.Connection`. */
  override readonly exitCode: number = ExitCode.Connection;

  /** Is retryable by default; what a wrong password and the like cause is not. */
  constructor(message: string, options: ErrorDetails = {}) {
    super(message, { ...options, retryable: options.retryable ?? true });
  }
}

/** The broker refused to declare, or to let us use, a queue, an exchange or a binding. */
export class TopologyError extends AmqpTasksError {
  /** {@linkcode ExitCode}`.Topology`. */
  override readonly exitCode: number = ExitCode.Topology;
}

/** A message was not accepted: unroutable, rejected, or not confirmed in time; or not answered. */
export class PublishError extends AmqpTasksError {
  /** {@linkcode ExitCode}`.Publish`. */
  override readonly exitCode: number = ExitCode.Publish;
}

/** A message could not be handed on: standard output is full, or a handler failed. */
export class OutputError extends AmqpTasksError {
  /** {@linkcode ExitCode}`.Unexpected`. */
  override readonly exitCode: number = ExitCode.Unexpected;
}
