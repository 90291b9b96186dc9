import type { Channel } from "./client_types.ts";
import type { BrokerConfig, Config } from "./config_schema.ts";
import { connect, type Connection } from "./connection.ts";
import { endpointsOf } from "./endpoint.ts";
import { ConnectionError, TopologyError } from "./errors.ts";
import { explainChannelClosed } from "./refusal.ts";
import { readReply } from "./reply.ts";
import { declareTopology } from "./topology.ts";

/** How long a lost connection is tried again when `broker.retry` does not say, in ms. */
const RETRY_LOST = 5 * 60_000;
/** The longest pause between two rounds of attempts, and the first one, in ms. */
const LONGEST_PAUSE = 10_000;
const FIRST_PAUSE = 250;
/** A connection that lasted this long, in ms, was a good one: the pauses begin anew. */
const GOOD_CONNECTION = 10_000;

/** What the act works with: a channel on which the topology has just been declared. */
export interface Session {
  /** The open connection. */
  readonly connection: Connection;
  /** A channel of the act's own. */
  readonly channel: Channel;
  /** Name of the declared queue, as the broker has it; empty if the config declares none. */
  readonly queue: string;
  /**
   * Aborted when the connection or the channel is lost. The act must then end by throwing; what it
   * throws is replaced by the reason of this signal.
   */
  readonly lost: AbortSignal;
}

/** Who runs the act, and how it is stopped. */
export interface DeclareThenActOptions {
  /** `send` never declares a queue that the broker names. */
  role: "send" | "receive";
  /** Stops connecting and waiting; an act that runs is not interrupted by it. */
  signal?: AbortSignal | undefined;
  /** Is told of every lost and regained connection, in one short line. Default: nobody. */
  report?: ((line: string) => void) | undefined;
}

/**
 * Connects, declares what the config describes, runs `act`, closes. When the connection is lost,
 * all of it is done again, so that `act` always runs on a freshly declared topology. What must
 * outlive a connection is kept by `act`.
 *
 * Each host of `broker.host` is tried in turn; between rounds there is a pause of at most 10 s with
 * jitter. `broker.retry` says for how long.
 *
 * @returns What `act` returns.
 * @throws {ConnectionError} If there is no connection, at once if trying again cannot help.
 * @throws {TopologyError} If the broker refuses a declaration or closes the channel for good.
 * @throws The reason of `signal` if it is aborted while there is no connection.
 */
export async function declareThenAct<T>(
  config: Config,
  act: (session: Session) => Promise<T>,
  options: DeclareThenActOptions,
): Promise<T> {
  const { broker } = config;
  let pause = FIRST_PAUSE;
  let deadline = deadlineAfter(broker.retry ?? 0);
  for (let first = true;; first = false) {
    const connection = await connectToAny(broker, deadline, options);
    if (!first) options.report?.(`Connected to ${connection.endpoint}`);
    const since = performance.now();
    try {
      return await declareAndAct(config, connection, act, options.role);
    } catch (error) {
      const isLost = error instanceof ConnectionError && error.retryable;
      if (!isLost && (first || !isOwnLock(error, config))) throw error;
      const wasGood = performance.now() - since > GOOD_CONNECTION;
      pause = wasGood ? FIRST_PAUSE : longer(pause);
      if (first || wasGood) deadline = deadlineAfter(broker.retry ?? RETRY_LOST);
      if (performance.now() + pause > deadline) throw error;
      options.report?.(`${error.message}; connecting again`);
    }
    await sleep(pause, options.signal);
  }
}

/**
 * Whether an exclusive queue is held by another connection. After a loss that may be our last one,
 * which the broker takes for alive until two heartbeats are missing.
 */
function isOwnLock(error: unknown, { queue }: Config): error is TopologyError {
  return error instanceof TopologyError && queue?.exclusive === true &&
    readReply(error.cause)?.code === 405;
}

async function declareAndAct<T>(
  config: Config,
  opened: Connection,
  act: (session: Session) => Promise<T>,
  role: "send" | "receive",
): Promise<T> {
  await using connection = opened;
  const lost = new AbortController();
  const onLost = () => lost.abort(connection.lost.reason);
  connection.lost.addEventListener("abort", onLost);
  if (connection.lost.aborted) onLost();
  try {
    const { channel, queue } = await declareTopology(connection, config, role);
    channel.onerror = (reason) => {
      // A connection that is lost takes its channels with it, and says so itself.
      if (/^channel \d+ closed: /.test(reason)) lost.abort(explainChannelClosed(reason, config));
    };
    return await act({ connection, channel, queue, lost: lost.signal });
  } catch (error) {
    // A loss shows up in many ways, in whatever was under way; its own reason says it best.
    throw lost.signal.aborted && !(error instanceof TopologyError) ? lost.signal.reason : error;
  }
}

/** Tries every host, round after round, until one lets us in or time is up. */
async function connectToAny(
  broker: BrokerConfig,
  deadline: number,
  { role, signal, report }: DeclareThenActOptions,
): Promise<Connection> {
  for (let pause = FIRST_PAUSE;; pause = longer(pause)) {
    const failures: ConnectionError[] = [];
    for (const endpoint of endpointsOf(broker)) {
      try {
        return await connect(broker, endpoint, { name: `amqp-tasks ${role}`, signal });
      } catch (error) {
        if (!(error instanceof ConnectionError) || !error.retryable) throw error;
        failures.push(error);
      }
    }
    const failure = summarise(failures);
    const left = deadline - performance.now();
    if (left <= 0) throw failure;
    if (pause === FIRST_PAUSE) report?.(`${failure.message}; trying again`);
    await sleep(Math.min(pause, Math.max(left, FIRST_PAUSE)), signal);
  }
}

function summarise(failures: ConnectionError[]): ConnectionError {
  const [first] = failures;
  if (first && failures.length === 1) return first;
  const messages = failures.map(({ message }) => message).join("\n       ");
  return new ConnectionError(messages, { cure: first?.cure, cause: first });
}

/** When time is up, by `performance.now()`. */
function deadlineAfter(patience: number | "forever"): number {
  return patience === "forever" ? Infinity : performance.now() + patience;
}

function longer(pause: number): number {
  return Math.min(2 * pause, LONGEST_PAUSE);
}

/** Waits between half of `pause` and all of it, so that many clients do not come back at once. */
async function sleep(pause: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, pause * (0.5 + Math.random() / 2));
  signal?.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
  signal?.throwIfAborted();
}
