import { connect } from "node:tls";
import { type ByteStream, PROTOCOL_HEADER } from "./byte_stream.ts";
import type { BrokerConfig } from "./config_schema.ts";
import type { Endpoint } from "./endpoint.ts";
import { readTlsFiles } from "./tls_files.ts";
import { Wakeup } from "./wakeup.ts";

/**
 * Opens a TLS connection, verifies the other side, and says {@linkcode PROTOCOL_HEADER}. It is
 * Node's, which `Deno.connectTls` is no match for: with that, a CA of one's own is trusted besides all
 * others, not instead of them.
 *
 * @throws {ConfigError} If a file that `tls` names cannot be used.
 * @throws An error of the system or of TLS, with a `code`; the reason of `signal`.
 */
export async function openTls(
  broker: BrokerConfig,
  { host, port, serverName: servername }: Endpoint,
  signal?: AbortSignal,
): Promise<ByteStream> {
  signal?.throwIfAborted();
  const files = readTlsFiles(broker);
  // Said outright, or NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would turn it off.
  const socket = connect({ ...files, host, port, servername, rejectUnauthorized: true });
  socket.setNoDelay(true);
  const chunks: Uint8Array[] = [];
  const wakeup = new Wakeup();
  let failure: Error | undefined;
  let isOpen = true;
  // It has to read from the start on, or the reason why it is cut off after the handshake is lost.
  socket.on("data", (chunk: Uint8Array) => {
    socket.pause();
    chunks.push(chunk);
    wakeup.call();
  });
  socket.on("end", wakeup.call);
  // Of what goes wrong its first error says most; a write may fail for it before.
  socket.on("error", (error) => failure ??= error);
  const closed = new Promise<never>((_, reject) => {
    socket.on("close", () => {
      isOpen = false;
      reject(failure ?? new Error("closed"));
      wakeup.call();
    });
  });
  closed.catch(() => {});
  const destroy = () => void socket.destroy();
  signal?.addEventListener("abort", destroy);
  try {
    const secure = new Promise<void>((resolve) => {
      socket.once("secureConnect", () => {
        // In TLS 1.3 a client certificate is refused only now. With a write that is not under way by
        // then, that the connection is cut would be noticed before the reason is read.
        socket.write(PROTOCOL_HEADER);
        resolve();
      });
    });
    await Promise.race([secure, closed]);
  } finally {
    signal?.removeEventListener("abort", destroy);
  }
  return {
    async read(into) {
      while (!chunks.length && isOpen && !socket.readableEnded) await wakeup.wait();
      const chunk = chunks.shift();
      if (!chunk) {
        if (failure) throw failure;
        return null;
      }
      const part = chunk.subarray(0, into.length);
      into.set(part);
      if (part.length < chunk.length) chunks.unshift(chunk.subarray(part.length));
      else socket.resume();
      return part.length;
    },
    async write(bytes) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      socket.write(bytes, (error) => error ? reject(error) : resolve());
      await promise.catch(() => closed);
    },
    close: destroy,
  };
}
