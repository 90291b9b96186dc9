import type { Endpoint } from "./endpoint.ts";

/** With this an AMQP client begins: "AMQP", and version 0-9-1 (AMQP 0-9-1, section 4.2.2). */
export const PROTOCOL_HEADER: Uint8Array = Uint8Array.of(65, 77, 81, 80, 0, 0, 9, 1);

/** What carries the bytes of a connection: TCP, or TLS. */
export interface ByteStream {
  /** Reads what has come, as much as fits; resolves with the number of bytes, `null` at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes all of the bytes, which nobody may change meanwhile. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends it at once; a read under way fails or is at the end, a write fails. Can be called twice. */
  close(): void;
}

/**
 * Opens a TCP connection and says {@linkcode PROTOCOL_HEADER}. It is Deno's own: loading `node:net`
 * would cost 40 ms of start-up time.
 *
 * @throws An error of the system, mostly with a `code` such as `ECONNREFUSED`; the reason of `signal`.
 */
export async function openTcp(
  { host, port }: Endpoint,
  signal?: AbortSignal,
): Promise<ByteStream> {
  const socket = await Deno.connect({ hostname: host, port, ...(signal && { signal }) });
  // Without this every small write waits for the other side's delayed acknowledgement: 40 ms.
  socket.setNoDelay(true);
  let isOpen = true;
  const stream: ByteStream = {
    read: (into) => socket.read(into),
    async write(bytes) {
      for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
    },
    close() {
      if (isOpen) socket.close();
      isOpen = false;
    },
  };
  try {
    await stream.write(PROTOCOL_HEADER);
  } catch (error) {
    stream.close();
    throw error;
  }
  return stream;
}
