import { abortable } from "./abortable.ts";
import type { Channel } from "./client_types.ts";
import type { BrokerConfig, Config } from "./config_schema.ts";
import { connect, type Connection } from "./connection.ts";
import { type Endpoint, endpointsOf } from "./endpoint.ts";
import { Backoff } from "./backoff.ts";
import { AmqpTasksError, ConnectionError, TopologyError } from "./errors.ts";
import { explainChannelClosed } from "./refusal.ts";
import { readReply } from "./reply.ts";
import { declareTopology } from "./topology.ts";

/** How long a lost connection is tried again when `broker.retry` does not say, in ms. */
const RETRY_LOST = 5 * 60_000;
/** An act that got on for this long, in ms, had a good connection: its loss is a new trouble. */
const GOOD_WHILE = 10_000;

/** What the act works with: a channel on which the topology has just been declared. */
export interface Session {
  /** The open connection. */
  readonly connection: Connection;
  /** A channel of the act's own, in confirm mode. */
  readonly channel: Channel;
  /** Name of the declared queue, as the broker has it; empty if the config declares none. */
  readonly queue: string;
  /**
   * Aborted when the connection or the channel is lost. The act must then end by throwing; what it
   * throws is replaced by the reason of this signal.
   */
  readonly lost: AbortSignal;
  /**
   * Is to be called when the act gets on: messages can come, or one was confirmed. Until then a loss
   * goes on the account of the trouble before it.
   */
  readonly getsOn: () => void;
}

/** Who runs the act, and how it is stopped. */
export interface DeclareThenActOptions {
  /** `send` never declares a queue that the broker names. */
  role: "send" | "receive";
  /** Stops connecting, declaring and waiting; an act that runs is not interrupted by it. */
  signal?: AbortSignal | undefined;
  /** Is told of every lost and regained connection, in one short line. Default: nobody. */
  report?: ((line: string) => void) | undefined;
}

/**
 * Connects, declares what the config describes, runs `act`, closes. When the connection is lost, or
 * `act` throws an error that is `retryable`, all of it is done again, so that `act` always runs on a
 * freshly declared topology. What must outlive a connection is kept by `act`.
 *
 * Each host of `broker.host` is tried in turn, after a loss from the next one on; between rounds
 * there is a pause of at most 10 s with jitter. `broker.retry` says for how long.
 *
 * @returns What `act` returns.
 * @throws {ConfigError} If a file that the config names for TLS or the password cannot be used.
 * @throws {ConnectionError} If there is no connection, at once if trying again cannot help.
 * @throws {TopologyError} If the broker refuses a declaration or closes the channel for good.
 * @throws What `act` throws, unless it is `retryable` and there is time left.
 * @throws The reason of `signal` if it is aborted while there is no connection.
 */
export async function declareThenAct<T>(
  config: Config,
  act: (session: Session) => Promise<T>,
  options: DeclareThenActOptions,
): Promise<T> {
  const { broker } = config;
  const { signal, report } = options;
  const backoff = new Backoff(broker.retry ?? 0);
  let last: Endpoint | undefined;
  for (let first = true;; first = false) {
    const hosts = startingAfter(last, endpointsOf(broker));
    const connection = await connectToAny(hosts, broker, backoff, options);
    last = connection.endpoint;
    if (!first) report?.(`Connected to ${connection.endpoint}`);
    let since = Infinity;
    const getsOn = () => since = Math.min(since, performance.now());
    try {
      return await declareAndAct(config, connection, act, { ...options, getsOn });
    } catch (error) {
      const mayHelp = error instanceof AmqpTasksError && error.retryable;
      if (!mayHelp && (first || !isOwnLock(error, config))) throw error;
      signal?.throwIfAborted();
      const isNewTrouble = first || performance.now() - since > GOOD_WHILE;
      if (isNewTrouble) backoff.restart(broker.retry ?? RETRY_LOST);
      if (backoff.isOver) throw error;
      report?.(`${error.message}; connecting again`);
    }
    await backoff.pause(signal);
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
  { role, signal, getsOn }: DeclareThenActOptions & Pick<Session, "getsOn">,
): Promise<T> {
  await using connection = opened;
  const lost = new AbortController();
  const onLost = () => lost.abort(connection.lost.reason);
  connection.lost.addEventListener("abort", onLost);
  if (connection.lost.aborted) onLost();
  try {
    const declaring = declareTopology(connection, config, role);
    const { channel, queue } = await abortable(declaring, signal);
    channel.onerror = (reason) => {
      // A connection that is lost takes its channels with it, and says so itself.
      if (/^channel \d+ closed: /.test(reason)) lost.abort(explainChannelClosed(reason, config));
    };
    return await act({ connection, channel, queue, lost: lost.signal, getsOn });
  } catch (error) {
    // A loss shows up in many ways, in whatever was under way; its own reason says it best.
    throw lost.signal.aborted && !(error instanceof AmqpTasksError) ? lost.signal.reason : error;
  }
}

/** The same hosts, so that the one that was just lost comes last: the next may be better off. */
function startingAfter(last: Endpoint | undefined, hosts: Endpoint[]): Endpoint[] {
  const next = hosts.findIndex((host) => String(host) === String(last)) + 1;
  return [...hosts.slice(next), ...hosts.slice(0, next)];
}

/** Tries every host, round after round, until one lets us in or time is up. */
async function connectToAny(
  hosts: Endpoint[],
  broker: BrokerConfig,
  backoff: Backoff,
  { role, signal, report }: DeclareThenActOptions,
): Promise<Connection> {
  for (let first = true;; first = false) {
    const failures: ConnectionError[] = [];
    for (const endpoint of hosts) {
      try {
        return await connect(broker, endpoint, {
          name: `amqp-tasks ${role}`,
          signal,
          warn: report,
        });
      } catch (error) {
        if (!(error instanceof ConnectionError) || !error.retryable) throw error;
        failures.push(error);
      }
    }
    const failure = summarise(failures);
    if (backoff.isOver) throw failure;
    if (first) report?.(`${failure.message}; trying again`);
    await backoff.pause(signal);
  }
}

function summarise(failures: ConnectionError[]): ConnectionError {
  const [first] = failures;
  if (first && failures.length === 1) return first;
  const messages = failures.map(({ message }) => message).join("\n       ");
  return new ConnectionError(messages, { cure: first?.cure, cause: first });
}
