/** TCP servers of a test's own on 127.0.0.1, which misbehave. */

/** What a server does with one connection; it is closed when this has ended. */
export type Handler = (connection: Deno.Conn) => Promise<unknown>;

/** Where a server listens, and what it shows of itself. */
export interface ServeOptions {
  /** Default: one that is free. */
  port?: number;
  /** PEM texts; with these it speaks TLS. */
  tls?: { cert: string; key: string };
}

/** A server that runs until it is disposed of. */
export class TcpServer implements AsyncDisposable {
  readonly port: number;
  /** How many connections it has accepted. */
  accepted = 0;
  readonly #listener: Deno.Listener;
  readonly #open = new Set<Deno.Conn>();
  readonly #running: Promise<void>;

  constructor(listener: Deno.Listener, handle: Handler) {
    this.#listener = listener;
    this.port = (listener.addr as Deno.NetAddr).port;
    this.#running = this.#serve(handle);
  }

  async #serve(handle: Handler): Promise<void> {
    const handled: Promise<void>[] = [];
    // A TLS handshake that fails shows up in the handler; this ends when the listener is closed.
    for await (const connection of this.#listener) {
      handled.push(this.#handle(connection, handle));
    }
    await Promise.all(handled);
  }

  async #handle(connection: Deno.Conn, handle: Handler): Promise<void> {
    this.accepted++;
    this.#open.add(connection);
    try {
      await handle(connection);
    } catch {
      // The other side has gone, or the test has ended.
    } finally {
      this.#open.delete(connection);
      close(connection);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.#open.forEach(close);
    await this.#running;
  }
}

/** Starts a server. */
export function serveTcp(handle: Handler, { port = 0, tls }: ServeOptions = {}): TcpServer {
  const address = { hostname: "127.0.0.1", port };
  const listener = tls ? Deno.listenTls({ ...address, ...tls }) : Deno.listen(address);
  return new TcpServer(listener as Deno.Listener, handle);
}

/** Says something, then waits until the other side has closed. */
export function say(text: string | Uint8Array): Handler {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return async (connection) => {
    await connection.write(bytes);
    await listen(connection);
  };
}

/** Reads and never answers. */
export async function listen(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(4096);
  while (await connection.read(buffer) !== null);
}

/** Closes at once. */
export function hangUpAtOnce(): Promise<void> {
  return Promise.resolve();
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
