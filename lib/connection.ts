import { AMQPClient, type AMQPTlsOptions } from "@cloudamqp/amqp-client";
import type { Socket } from "node:net";
import type { Channel } from "./client_types.ts";
import type { BrokerConfig } from "./config_schema.ts";
import { fixNacks } from "./client_fixes.ts";
import { explainClosed, explainFailure, explainFirstBytes } from "./connection_failure.ts";
import { type Endpoint, loginOf } from "./endpoint.ts";
import { ConnectionError } from "./errors.ts";

/** The largest frame we offer to take, in bytes; RabbitMQ offers the same. */
const FRAME_MAX = 131072;
/** How long closing may take before the socket is cut, in ms. */
const CLOSE_TIMEOUT = 2_000;

const HEARTBEAT_FRAME = new Uint8Array([8, 0, 0, 0, 0, 0, 0, 206]);

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
  /** Why the broker takes no messages at present (an alarm), or `undefined` if it does. */
  readonly blocked: string | undefined;
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

  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    socket.destroy();
  };
  socket.on("error", (error) => failure ??= error);
  const activity = guardReads(socket, endpoint, fail);
  const onAbort = () => fail(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  const timer = setTimeout(
    () => fail(explainFailure("timeout", endpoint, broker)),
    broker.connect_timeout,
  );
  const gone = new Promise<never>((_, reject) => {
    socket.on("close", () => reject(failure ?? new Error("closed")));
  });
  try {
    await Promise.race([opening, gone]);
  } catch (error) {
    opening.catch(() => {});
    socket.destroy();
    signal?.throwIfAborted();
    throw explainFailure(failure ?? error, endpoint, broker);
  } finally {
    gone.catch(() => {});
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
  return open(client, socket, endpoint, activity);
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
 * an exception in an event handler. Returns when bytes last came in, by `performance.now()`.
 */
function guardReads(
  socket: Socket,
  endpoint: Endpoint,
  fail: (error: Error) => void,
): { last: number } {
  const activity = { last: performance.now() };
  const [parse] = socket.listeners("data") as [(bytes: Uint8Array) => void];
  socket.removeAllListeners("data");
  let first = true;
  socket.on("data", (bytes: Uint8Array) => {
    activity.last = performance.now();
    const wrong = first ? explainFirstBytes(bytes, endpoint) : undefined;
    first = false;
    if (wrong) return fail(wrong);
    try {
      parse(bytes);
    } catch (error) {
      fail(
        new ConnectionError(
          `Cannot connect to ${endpoint}: it sent bytes that are not AMQP 0-9-1`,
          { cure: "Check that the port speaks AMQP 0-9-1", cause: error },
        ),
      );
    }
  });
  return activity;
}

function open(
  client: AMQPClient,
  socket: Socket,
  endpoint: Endpoint,
  activity: { last: number },
): Connection {
  const lost = new AbortController();
  let wake = Promise.withResolvers<void>();
  const lose = (error: unknown) => {
    if (!lost.signal.aborted) lost.abort(explainClosed(error, endpoint));
    wake.resolve();
  };
  client.ondisconnect = lose;
  socket.on("close", () => lose(new Error("closed")));
  const onWritable = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  client.onblocked = (reason) => connection.onBlocked?.(reason);
  client.onunblocked = () => {
    onWritable();
    connection.onBlocked?.(undefined);
  };
  socket.on("drain", onWritable);
  const stopWatching = watchHeartbeats(client, socket, activity, lose);

  const connection: Connection = {
    endpoint,
    lost: lost.signal,
    onBlocked: undefined,
    get blocked() {
      return client.blocked;
    },
    channel: () => client.channel(),
    async writable(signal) {
      const mustWait = () => client.blocked || socket.writableNeedDrain;
      if (mustWait()) signal?.addEventListener("abort", onWritable);
      while (mustWait()) {
        lost.signal.throwIfAborted();
        signal?.throwIfAborted();
        await wake.promise;
      }
      lost.signal.throwIfAborted();
    },
    async [Symbol.asyncDispose]() {
      stopWatching();
      client.ondisconnect = () => {};
      // The client waits for ever for the answer of a broker that has gone.
      let timer: ReturnType<typeof setTimeout> | undefined;
      const enough = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_TIMEOUT);
        socket.on("close", () => resolve());
        if (socket.destroyed) resolve();
      });
      await Promise.race([client.close().catch(() => {}), enough]);
      clearTimeout(timer);
      socket.destroy();
    },
  };
  return connection;
}

/**
 * Sends heartbeats and gives the connection up after one and a half without a sign of life. The
 * client only answers heartbeats, and its own timer is reset by what it sends.
 */
function watchHeartbeats(
  client: AMQPClient,
  socket: Socket,
  activity: { last: number },
  lose: (error: Error) => void,
): () => void {
  socket.setTimeout(0);
  const heartbeat = client.heartbeat * 1_000;
  if (heartbeat === 0) return () => {};
  const period = heartbeat / 4;
  let due = performance.now() + period;
  const timer = setInterval(() => {
    const now = performance.now();
    // When this process itself slept, what the broker sent meanwhile has not been read yet.
    const overslept = now - due > period;
    due = now + period;
    if (!overslept && now - activity.last > 1.5 * heartbeat) {
      lose(new Error(`no sign of life for ${Math.round((now - activity.last) / 1_000)} s`));
      socket.destroy();
    } else client.send(HEARTBEAT_FRAME);
  }, period);
  return () => clearInterval(timer);
}
