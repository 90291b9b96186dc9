/** A TCP link to a broker on this machine, which gets as bad as networks do when told to. */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { within } from "../../lib/within.ts";
import { AmqpFrames } from "./amqp_frames.ts";
import { reset, watch, write } from "./sockets.ts";

/** The way that bytes go. */
export type Direction = "to broker" | "to client";

/** How bytes pass: at most so many a write, and so many a second. */
interface Pace {
  atOnce: number;
  perSecond: number;
}

const FULL: Pace = { atOnce: Infinity, perSecond: Infinity };
const DRIP: Pace = { atOnce: 1, perSecond: Infinity };
const NONE: Pace = { atOnce: 0, perSecond: 0 };
/** How many writes a second a slow link makes, if there is enough to write. */
const WRITES = 20;
/** What a client says before its first frame: "AMQP" 0 0 9 1. */
const PROLOGUE = 8;

/** One connection through the link. */
interface Relay {
  /** The client's socket, and the broker's once there is one. */
  readonly sockets: Socket[];
  /** In which direction a frame is to be cut, if in one. */
  cut?: Direction | undefined;
  /** Whether a frame was cut: nothing may pass any more. */
  isCut: boolean;
}

/**
 * Forwards connections to a port of 127.0.0.1, and harms them when told to; {@linkcode networkLink}
 * makes one. All is forwarded: bytes, the end of one direction, and the reset of a side. It reads no
 * faster than it can write. When it is disposed of, what is open is closed.
 */
export class NetworkLink implements AsyncDisposable {
  /** Where it listens on 127.0.0.1. */
  readonly port: number;
  /** How many connections it has accepted. */
  accepted = 0;
  readonly #server: Server;
  readonly #relays = new Map<Relay, Promise<void>>();
  #pace = FULL;
  #change = Promise.withResolvers<void>();

  /** Takes a server that listens, and the port to forward to. */
  constructor(server: Server, readonly target: number) {
    this.#server = server;
    this.port = (server.address() as { port: number }).port;
    server.on("connection", (client) => {
      this.accepted++;
      const relay: Relay = { sockets: [client], isCut: false };
      this.#relays.set(relay, this.#run(relay, client));
    });
  }

  /** How many connections are open. */
  get open(): number {
    return this.#relays.size;
  }

  /** Ends every open connection by a TCP reset of both sides. */
  reset(): void {
    for (const { sockets } of this.#relays.keys()) {
      sockets.forEach(reset);
    }
  }

  /**
   * Closes every open connection in the middle of a frame: about half of what comes next in this
   * direction is forwarded, so that a frame has begun and has not ended, and nothing after it.
   */
  cutMidFrame(direction: Direction): void {
    for (const relay of this.#relays.keys()) relay.cut = direction;
  }

  /** From now on forwards one byte a write. */
  drip(): void {
    this.#setPace(DRIP);
  }

  /** From now on forwards at most so many bytes a second, for each direction of each connection. */
  throttle({ bytesPerSecond }: { bytesPerSecond: number }): void {
    this.#setPace({ atOnce: Math.ceil(bytesPerSecond / WRITES), perSecond: bytesPerSecond });
  }

  /**
   * From now on forwards nothing, not even that a side has closed or was reset. New connections are
   * accepted and get no answer. All that is held back is forwarded after {@linkcode restore}: the
   * connections that both sides still have go on as if nothing had been.
   */
  blackhole(): void {
    this.#setPace(NONE);
  }

  /** Forwards everything as it comes again. What was to be cut and is not yet will not be. */
  restore(): void {
    for (const relay of this.#relays.keys()) relay.cut = undefined;
    this.#setPace(FULL);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.restore();
    for (const { sockets } of this.#relays.keys()) {
      for (const socket of sockets) socket.destroy();
    }
    await Promise.all(this.#relays.values());
    await closed;
  }

  #setPace(pace: Pace): void {
    this.#pace = pace;
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  /** Forwards one connection until both of its sockets are closed. */
  async #run(relay: Relay, client: Socket): Promise<void> {
    const closed = [watch(client)];
    await this.#isPassable();
    if (!client.destroyed) {
      const broker = connect({ host: "127.0.0.1", port: this.target, allowHalfOpen: true });
      closed.push(watch(broker));
      relay.sockets.push(broker);
      await Promise.all([
        this.#carry(relay, "to broker", { from: client, to: broker }),
        this.#carry(relay, "to client", { from: broker, to: client }),
      ]);
    }
    await Promise.all(closed);
    this.#relays.delete(relay);
  }

  async #carry(
    relay: Relay,
    direction: Direction,
    { from, to }: { from: Socket; to: Socket },
  ): Promise<void> {
    const frames = new AmqpFrames(direction === "to broker" ? PROLOGUE : 0);
    try {
      for await (const chunk of from as AsyncIterable<Uint8Array>) {
        const middle = frames.follow(chunk);
        const isCut = relay.cut === direction && middle !== undefined;
        await this.#forward(isCut ? chunk.subarray(0, middle) : chunk, to, relay);
        if (!isCut) continue;
        relay.isCut = true;
        // Both are read to their end: a reset would overtake what was forwarded.
        from.end();
        to.end();
      }
      await this.#isPassable();
      to.end();
    } catch {
      await this.#isPassable();
      reset(from);
      reset(to);
    }
  }

  async #forward(bytes: Uint8Array, to: Socket, relay: Relay): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      await this.#isPassable();
      if (relay.isCut) return;
      const { atOnce, perSecond } = this.#pace;
      const piece = rest.subarray(0, atOnce);
      rest = rest.subarray(piece.length);
      await write(to, piece);
      const pause = piece.length / perSecond * 1_000;
      if (pause > 0) await within(pause, this.#change.promise);
      // Thousands of small writes would keep this process from everything else.
      else if (rest.length > 0) await nextTurn();
    }
  }

  /** Waits while nothing may pass. */
  async #isPassable(): Promise<void> {
    while (this.#pace.atOnce === 0) await this.#change.promise;
  }
}

/** Starts a link to a port of 127.0.0.1; it listens on one that is free, or on `port`. */
export async function networkLink(
  target: number,
  { port = 0 }: { port?: number } = {},
): Promise<NetworkLink> {
  const server = createServer({ allowHalfOpen: true }).listen(port, "127.0.0.1");
  await once(server, "listening");
  return new NetworkLink(server, target);
}
