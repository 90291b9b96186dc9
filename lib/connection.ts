import { openTcp } from "./byte_stream.ts";
import { Client } from "./client.ts";
import type { Channel } from "./client_types.ts";
import type { BrokerConfig } from "./config_schema.ts";
import { explainClosed, explainFailure, explainFirstBytes } from "./connection_failure.ts";
import { type Endpoint, loginOf } from "./endpoint.ts";
import { watchHeartbeats } from "./heartbeat.ts";
import { readPasswordFile } from "./password_file.ts";
import { within } from "./within.ts";

/** How long closing may take before the socket is cut, in ms. */
const CLOSE_TIMEOUT = 2_000;

/** How {@linkcode connect} names and bounds a connection. */
export interface ConnectOptions {
  /** Connection name, as RabbitMQ's management page shows it. */
  name: string;
  /** Gives up connecting when aborted. */
  signal?: AbortSignal | undefined;
  /** Is told what is unwise, such as a password that everybody can read. Default: nobody. */
  warn?: ((line: string) => void) | undefined;
}

/** An open connection to one broker. Dispose of it to close it; closing takes 2 s at most. */
export interface Connection extends AsyncDisposable {
  /** Where it goes. */
  readonly endpoint: Endpoint;
  /** What the broker says of itself: `product`, `version`, `cluster_name` and more. */
  readonly serverProperties: Record<string, unknown>;
  /** The heartbeat that both sides agreed on, in ms; 0: none. */
  readonly heartbeat: number;
  /** Aborted when the connection is lost; its reason is a {@linkcode ConnectionError}. */
  readonly lost: AbortSignal;
  /**
   * Opens a channel. The broker's answer is not waited for, which would be a round trip: if it refuses,
   * all that is done on the channel fails.
   */
  channel(): Channel;
  /**
   * Resolves once the broker takes messages and the socket has room; rejects when the connection is
   * lost or `signal` is aborted.
   */
  writable(signal?: AbortSignal): Promise<void>;
  /** Is called when the broker stops to take messages, with its reason, and when it begins again. */
  onBlocked: ((reason: string | undefined) => void) | undefined;
}

/**
 * Opens one connection to one endpoint: TCP, TLS, login, virtual host.
 *
 * @throws {ConnectionError} If it cannot be opened; the message says why, the cure what to do.
 * @throws {ConfigError} If a file that `tls` or `password_file` names cannot be used.
 */
export async function connect(
  broker: BrokerConfig,
  endpoint: Endpoint,
  { name, signal, warn }: ConnectOptions,
): Promise<Connection> {
  signal?.throwIfAborted();
  const login = loginOf(broker);
  // At each connection, because it may have been changed.
  if (broker.password_file) login.password = readPasswordFile(broker.password_file, warn);
  // Not setTimeout, whose first use takes 20 ms of start-up time.
  const timeout = AbortSignal.timeout(broker.connect_timeout);
  const opening = AbortSignal.any([timeout, ...(signal ? [signal] : [])]);
  try {
    // TLS is loaded only where it is needed: start-up time.
    const stream = login.tls
      ? await (await import("./tls_stream.ts")).openTls(broker, endpoint, opening)
      : await openTcp(endpoint, opening);
    const client = new Client(stream, {
      login,
      name,
      heartbeat: broker.heartbeat / 1_000,
      judge: (first) => explainFirstBytes(first, endpoint),
    });
    const giveUp = () => client.end(opening.reason);
    opening.addEventListener("abort", giveUp);
    if (opening.aborted) giveUp();
    // Left on, it would keep the process alive until the timeout.
    await client.connect().finally(() => opening.removeEventListener("abort", giveUp));
    // It may have been closed by the same bytes that opened it.
    if (client.failure) throw client.failure;
    return open(client, endpoint);
  } catch (error) {
    signal?.throwIfAborted();
    throw explainFailure(timeout.aborted ? "timeout" : error, endpoint, broker);
  }
}

function open(client: Client, endpoint: Endpoint): Connection {
  const lost = new AbortController();
  let wake = Promise.withResolvers<void>();
  const onWritable = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  client.onEnd = (failure) => {
    lost.abort(explainClosed(failure, endpoint));
    wake.resolve();
  };
  // Not within the reading of what the broker sent, whose errors are the broker's.
  client.onblocked = (reason) => queueMicrotask(() => connection.onBlocked?.(reason));
  client.onunblocked = () => {
    onWritable();
    queueMicrotask(() => connection.onBlocked?.(undefined));
  };
  client.onDrain = onWritable;
  const stopWatching = watchHeartbeats(client, (error) => client.end(error));

  const connection: Connection = {
    endpoint,
    get serverProperties() {
      return client.serverProperties;
    },
    heartbeat: client.heartbeat * 1_000,
    lost: lost.signal,
    onBlocked: undefined,
    channel: () => client.openChannel(),
    async writable(signal) {
      const mustWait = () => client.blocked !== undefined || client.isCongested;
      if (mustWait()) {
        signal?.addEventListener("abort", onWritable);
        while (mustWait() && !lost.signal.aborted && !signal?.aborted) await wake.promise;
        signal?.removeEventListener("abort", onWritable);
        signal?.throwIfAborted();
      }
      lost.signal.throwIfAborted();
    },
    async [Symbol.asyncDispose]() {
      stopWatching();
      // One that is lost would not answer, and whoever waits for the next one would wait for it too.
      if (lost.signal.aborted) return;
      client.onEnd = undefined;
      await within(CLOSE_TIMEOUT, client.close().catch(() => {}));
      client.end(new Error("closed"));
    },
  };
  return connection;
}
