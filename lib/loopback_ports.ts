import { PROTOCOL_HEADER } from "./byte_stream.ts";
import { ConnectionError } from "./errors.ts";

// Higher ports are what the kernel gives to outgoing connections: one that is free now may be taken
// by the time a server binds it.
const FIRST_PORT = 20_000;
const LAST_PORT = 32_767;

const METHOD_FRAME = 1;

/** Finds different ports that nobody listens on, from 20000 to 32767. */
export function freePorts(count: number): number[] {
  const listeners: Deno.Listener[] = [];
  try {
    while (listeners.length < count) {
      const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1));
      const listener = tryListen("127.0.0.1", port);
      if (!(listener instanceof Error)) listeners.push(listener);
    }
    return listeners.map((listener) => (listener.addr as Deno.NetAddr).port);
  } finally {
    for (const listener of listeners) listener.close();
  }
}

/**
 * Finds out on which loopback addresses a server can listen at this port: `127.0.0.1`, and `::1`
 * where the machine has it.
 *
 * @throws {ConnectionError} If the port is in use, or this user may not use it.
 */
export async function checkPort(port: number): Promise<string[]> {
  const usable: string[] = [];
  for (const hostname of ["127.0.0.1", "::1"]) {
    const listener = tryListen(hostname, port);
    if (!(listener instanceof Error)) listener.close();
    // On macOS a port can be bound here although somebody listens to it on every interface.
    if (listener instanceof Deno.errors.AddrInUse || await isListening(port, hostname)) {
      throw new ConnectionError(`Port ${port} is in use already`, {
        cure: "Stop what listens there, or choose another port: deno task broker --port N",
        retryable: false,
      });
    }
    if (listener instanceof Deno.errors.PermissionDenied) {
      throw new ConnectionError(`This user may not listen on port ${port}`, {
        cure: "Choose a port above 1023",
        retryable: false,
      });
    }
    if (!(listener instanceof Error)) usable.push(hostname);
  }
  return usable;
}

/** Whether somebody accepts connections on this port of this machine. */
export async function isListening(port: number, hostname = "127.0.0.1"): Promise<boolean> {
  try {
    (await Deno.connect({ hostname, port })).close();
    return true;
  } catch {
    return false;
  }
}

/** Whether an AMQP 0-9-1 broker answers at this port within `timeout` ms. */
export async function answersAmqp(
  port: number,
  { hostname = "127.0.0.1", timeout = 2000 }: { hostname?: string; timeout?: number } = {},
): Promise<boolean> {
  let connection: Deno.Conn | undefined;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeout);
  stop.signal.addEventListener("abort", () => connection?.close());
  try {
    connection = await Deno.connect({ hostname, port, signal: stop.signal });
    await connection.write(PROTOCOL_HEADER);
    const answer = new Uint8Array(1);
    return await connection.read(answer) === 1 && answer[0] === METHOD_FRAME;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    if (!stop.signal.aborted) connection?.close();
  }
}

function tryListen(hostname: string, port: number): Deno.Listener | Error {
  try {
    return Deno.listen({ hostname, port });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
