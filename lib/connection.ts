import { AMQPClient, type AMQPTlsOptions } from "@cloudamqp/amqp-client";
import type { Socket } from "node:net";
import type { Channel } from "./client_types.ts";
import type { BrokerConfig } from "./config_schema.ts";
import { fixNacks } from "./client_fixes.ts";
import {
  explainClosed,
  explainFailure,
  explainFirstBytes,
  NOT_AMQP,
} from "./connection_failure.ts";
import { type Endpoint, loginOf } from "./endpoint.ts";
import { watchHeartbeats } from "./heartbeat.ts";
import { within } from "./within.ts";

/** The largest frame we offer to take, in bytes; RabbitMQ offers the same. */
const FRAME_MAX = 131072;
/** How long closing may take before the socket is cut, in ms. */
const CLOSE_TIMEOUT = 2_000;

/** How {@linkcode connect} names and bounds a connection. */
export interface ConnectOptions {
  /** Connection name, as RabbitMQ's management page shows it. */
  name: string;
  /** Gives up connecting when aborted. */
  signal?: AbortSignal | undefined;
}

/** An open connection to one broker. Dispose of it to close it; closing takes 2 s at most. */
export interface Connection extends AsyncDisposable {
  /** Where it goes. */
  readonly endpoint: Endpoint;
  /** Aborted when the connection is lost; its reason is a {@linkcode ConnectionError}. */
  readonly lost: AbortSignal;
  /** Opens a channel. */
  channel(): Promise<Channel>;
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
 * @throws {ConfigError} If a file that `tls` names cannot be used.
 */
export async function connect(
  broker: BrokerConfig,
  endpoint: Endpoint,
  { name, signal }: ConnectOptions,
): Promise<Connection> {
  signal?.throwIfAborted();
  const client = await createClient(broker, endpoint, name);
  const opening = client.connect();
  const socket = client.socket as Socket;
  // Without this every small write waits for the other side's delayed acknowledgement: 40 ms.
  socket.setNoDelay(true);
  // The client's own limit is one heartbeat; ours is `connect_timeout`.
  socket.setTimeout(0);

  const fate: Fate = { lastRead: performance.now() };
  const fail = (error: Error) => {
    fate.failure ??= error;
    socket.destroy();
  };
  socket.on("error", (error) => fate.failure ??= error);
  client.ondisconnect = (error) => fate.failure ??= error ?? new Error("closed");
  guardReads(socket, endpoint, fate, fail);
  const onAbort = () => fail(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  const timer = setTimeout(
    () => fail(explainFailure("timeout", endpoint, broker)),
    broker.connect_timeout,
  );
  const gone = new Promise<never>((_, reject) => {
    socket.on("close", () => reject(fate.failure ?? new Error("closed")));
  });
  try {
    await Promise.race([opening, gone]);
    // It may have been closed by the same bytes that opened it.
    if (!client.socket) throw new Error("closed");
  } catch (error) {
    opening.catch(() => {});
    socket.destroy();
    signal?.throwIfAborted();
    throw explainFailure(fate.failure ?? error, endpoint, broker);
  } finally {
    gone.catch(() => {});
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
  return open(client, endpoint, fate);
}

/** What befalls a socket. */
interface Fate {
  /** When bytes last came in, by `performance.now()`. */
  lastRead: number;
  /** Why it ends, if that is known. */
  failure?: Error;
}

async function createClient(
  broker: BrokerConfig,
  endpoint: Endpoint,
  name: string,
): Promise<AMQPClient> {
  const { username, password, vhost, tls } = loginOf(broker);
  const query = new URLSearchParams({
    name,
    frameMax: `${FRAME_MAX}`,
    heartbeat: `${broker.heartbeat / 1_000}`,
  });
  const options = {
    // Loaded only where it is needed: start-up time.
    ...(tls && (await import("./tls_files.ts")).readTlsFiles(broker)),
    // The client would look for an IPv6 address with its brackets on.
    host: endpoint.host,
    servername: /^[\d.]+$|:/.test(endpoint.host) ? "" : endpoint.host,
  };
  const client = new AMQPClient(
    `${tls ? "amqps" : "amqp"}://localhost:${endpoint.port}?${query}`,
    options as AMQPTlsOptions,
  );
  // Set here and not in the URL, where an empty one would become "guest".
  Object.assign(client, { username, password, vhost });
  // A write that fails means that the connection is lost, which `lost` tells. The client leaves
  // some promises of failed writes without a handler, and Deno would end the process for that.
  const send = client.send.bind(client);
  client.send = (bytes) => send(bytes).catch(() => {});
  fixNacks(client);
  return client;
}

/**
 * Looks at what comes in before the client does: bytes that are no AMQP become an error instead of
 * an exception in an event handler.
 */
function guardReads(
  socket: Socket,
  endpoint: Endpoint,
  fate: Fate,
  fail: (error: Error) => void,
): void {
  const [parse] = socket.listeners("data") as [(bytes: Uint8Array) => void];
  socket.removeAllListeners("data");
  let first = true;
  socket.on("data", (bytes: Uint8Array) => {
    fate.lastRead = performance.now();
    const wrong = first ? explainFirstBytes(bytes, endpoint) : undefined;
    first = false;
    if (wrong) return fail(wrong);
    try {
      parse(bytes);
    } catch {
      fail(new Error(NOT_AMQP));
    }
  });
}

function open(client: AMQPClient, endpoint: Endpoint, fate: Fate): Connection {
  const socket = client.socket as Socket;
  const lost = new AbortController();
  let wake = Promise.withResolvers<void>();
  const onWritable = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const lose = (error: unknown) => {
    if (!lost.signal.aborted) lost.abort(explainClosed(error, endpoint));
    wake.resolve();
    socket.destroy();
  };
  client.ondisconnect = (error) => lose(fate.failure ?? error);
  socket.on("close", () => lose(fate.failure ?? new Error("closed")));
  // Not within the reading of what the broker sent, whose errors are the broker's.
  client.onblocked = (reason) => queueMicrotask(() => connection.onBlocked?.(reason));
  client.onunblocked = () => {
    onWritable();
    queueMicrotask(() => connection.onBlocked?.(undefined));
  };
  socket.on("drain", onWritable);
  const stopWatching = watchHeartbeats(client, {
    lastRead: () => fate.lastRead,
    giveUp: lose,
  });

  const connection: Connection = {
    endpoint,
    lost: lost.signal,
    onBlocked: undefined,
    channel: () => client.channel(),
    async writable(signal) {
      const mustWait = () => client.blocked || socket.writableNeedDrain;
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
      client.ondisconnect = () => {};
      // One that is lost would not answer, and whoever waits for the next one would wait for it too.
      if (!lost.signal.aborted) await within(CLOSE_TIMEOUT, client.close().catch(() => {}));
      socket.destroy();
    },
  };
  return connection;
}
