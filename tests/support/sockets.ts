/** What a proxy needs of Node's sockets. */
import type { Socket } from "node:net";

/** Makes a socket fit for a proxy; the promise is resolved once it is closed. */
export function watch(socket: Socket): Promise<void> {
  socket.setNoDelay(true);
  // Whoever reads or writes learns of it too.
  socket.on("error", () => {});
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

/** Writes bytes; resolves once the system has taken them. */
export function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => error ? reject(error) : resolve());
  });
}

/** Closes a socket so that its other side sees a TCP reset. */
export function reset(socket: Socket): void {
  // One that is not connected yet would be closed in good order.
  if (socket.connecting) socket.once("connect", () => socket.resetAndDestroy());
  else socket.resetAndDestroy();
}
