import { AMQPBaseClient } from "@cloudamqp/amqp-client/amqp-base-client";
import type { AMQPChannel } from "@cloudamqp/amqp-client/amqp-channel";
import type { AMQPMessage } from "@cloudamqp/amqp-client/amqp-message";
import { AMQPView } from "@cloudamqp/amqp-client/amqp-view";
import type { ByteStream } from "./byte_stream.ts";
import "./client_fixes.ts";
import { NOT_AMQP } from "./connection_failure.ts";
import type { Login } from "./endpoint.ts";
import { FrameCheck } from "./frame_check.ts";
import { FrameSplitter } from "./frame_splitter.ts";
import { WriteQueue } from "./write_queue.ts";

/** The largest frame we offer to take, in bytes; RabbitMQ offers the same. */
const FRAME_MAX = 131072;
/** Where the server's properties stand in `connection.start`: frame header, method, version. */
const PROPERTIES_AT = 7 + 4 + 2;
const SENT = Promise.resolve();

/** What a {@linkcode Client} is. */
export interface ClientOptions {
  /** Who logs in, and where to. */
  login: Login;
  /** Connection name. */
  name: string;
  /** In s; 0: none. */
  heartbeat: number;
  /** Looks at the first bytes of the other side: an error if they are no AMQP. */
  judge: (first: Uint8Array) => Error | undefined;
}

/**
 * `@cloudamqp/amqp-client` over a {@linkcode ByteStream}. Its own `AMQPClient` stands on Node's
 * sockets, which cost start-up time, and writes each frame on its own.
 */
export class Client extends AMQPBaseClient {
  /** When bytes last came in, by `performance.now()`. */
  lastRead = performance.now();
  /** Why the connection has ended, once it has. */
  failure: Error | undefined;
  /** Is called once, when the connection has ended. */
  onEnd: ((failure: Error) => void) | undefined;
  /** Is called when the other side has taken bytes. */
  onDrain: (() => void) | undefined;
  /** The broker's first frame, `connection.start`. */
  #greeting: Uint8Array<ArrayBuffer> | undefined;
  #isClosing = false;
  readonly #stream: ByteStream;
  readonly #judge: ClientOptions["judge"];
  readonly #writes: WriteQueue;

  /** Takes a stream on which `PROTOCOL_HEADER` was said. */
  constructor(stream: ByteStream, { login, name, heartbeat, judge }: ClientOptions) {
    const { username, password, vhost } = login;
    const platform = `Deno ${Deno.version.deno} ${Deno.build.os} ${Deno.build.arch}`;
    super(vhost, username, password, name, platform, FRAME_MAX, heartbeat);
    this.#stream = stream;
    this.#judge = judge;
    this.#writes = new WriteQueue(stream, {
      onDrain: () => this.onDrain?.(),
      onError: (error) => this.end(error),
    });
    this.ondisconnect = (error) => this.end(error ?? new Error("closed"));
  }

  /** Logs in. */
  connect(): Promise<this> {
    return new Promise((resolve, reject) => {
      this.connectPromise = [() => resolve(this), reject];
      this.#read().catch((error) => this.end(error));
    });
  }

  /** Opens a channel, without waiting for the answer. */
  openChannel(): AMQPChannel {
    let id = 1;
    while (this.channels[id]) id++;
    // If it is refused, whatever is done on it meanwhile fails with the reason.
    this.channel(id).catch(() => {});
    const channel = this.channels[id];
    if (!channel) throw this.failure ?? new Error("The broker allows no more channels");
    channel.deliver = (message) => queueMicrotask(() => this.#deliver(channel, message));
    return channel;
  }

  /** What the broker says of itself, `product`, `version` and more; empty before that, or damaged. */
  get serverProperties(): Record<string, unknown> {
    if (!this.#greeting) return {};
    try {
      return new AMQPView(this.#greeting.buffer).getTable(PROPERTIES_AT)[0];
    } catch {
      // Nothing depends on it.
      return {};
    }
  }

  /** Says goodbye, and waits for the answer: without end if there is none. */
  override close(): Promise<void> {
    this.#isClosing = true;
    return super.close();
  }

  /** Whether there are as many bytes to be written as is good. */
  get isCongested(): boolean {
    return this.#writes.isFull;
  }

  /** Puts bytes in the queue to be written; nobody may change them afterwards. */
  override send(bytes: Uint8Array): Promise<void> {
    // What would wait for an answer must not wait for ever; who does not care need not handle it.
    if (this.failure) {
      const failed = Promise.reject(this.failure);
      failed.catch(() => {});
      return failed;
    }
    this.#writes.push(bytes);
    // A write that fails ends the connection, which is told by `onEnd`.
    return SENT;
  }

  protected override closeSocket(): void {
    this.end(new Error("closed"));
  }

  /** Ends the connection without a word to the other side. */
  end(error: unknown): void {
    if (this.failure) return;
    this.failure = error instanceof Error ? error : new Error(String(error));
    this.closed = true;
    this.#stream.close();
    for (const channel of this.channels) channel?.setClosed(this.failure);
    this.connectPromise?.[1](this.failure);
    this.closePromise?.[0]();
    this.onEnd?.(this.failure);
  }

  async #read(): Promise<void> {
    const splitter = new FrameSplitter(
      FRAME_MAX,
      new FrameCheck({
        isOpen: (channel) => this.channels[channel] !== undefined,
        isClosing: (channel) =>
          channel === 0 ? this.#isClosing : this.channels[channel]?.closed === true,
      }),
    );
    for (let first = true;; first = false) {
      const room = splitter.room();
      const count = await this.#stream.read(room);
      if (this.failure) return;
      if (count === null) throw new Error("closed");
      this.lastRead = performance.now();
      const wrong = first ? this.#judge(room.subarray(0, count)) : undefined;
      if (wrong) throw wrong;
      try {
        // What comes after the end of a connection is not of it.
        for (
          let frames = splitter.take(count);
          frames.byteLength && !this.failure;
          frames = splitter.take(0)
        ) {
          this.#greeting ??= bytesOf(frames).slice();
          this.parseFrames(frames);
        }
      } catch (cause) {
        throw new Error(NOT_AMQP, { cause });
      }
    }
  }

  /** To drop what nobody asked for would be worse: to acknowledge what comes after it covers it too. */
  #deliver(channel: AMQPChannel, message: AMQPMessage): void {
    const consumer = channel.consumers.get(message.consumerTag);
    if (consumer) consumer.onMessage(message);
    else if (!channel.closed) this.end(new Error("it delivered a message to nobody"));
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: AMQPView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
