import { AMQPConsumer } from "@cloudamqp/amqp-client/amqp-consumer";
import { abortable } from "./abortable.ts";
import type { DeliveredMessage } from "./client_types.ts";
import type { Session } from "./declare_then_act.ts";
import { ConnectionError } from "./errors.ts";
import type { StreamOffset } from "./stream_offset.ts";
import { within } from "./within.ts";

/** How long the broker may take to end a consumer, in ms, before it is left to itself. */
const CANCEL_TIMEOUT = 5_000;

/** How {@linkcode subscribe} consumes. */
export interface SubscribeOptions {
  /** How many messages may be delivered and not yet acknowledged. */
  prefetch: number;
  /** Where to begin if the queue is a stream. Default: at its end. */
  offset?: StreamOffset | undefined;
  /** Is called with each message that is delivered. */
  onMessage: (message: DeliveredMessage) => void;
  /** Is called when there will be no more: the broker has cancelled the consumer. */
  onCancelled: () => void;
  /** Gives up waiting for the broker's answer. */
  signal?: AbortSignal | undefined;
}

/** A consumer of the session's queue. */
export interface Subscription {
  /** Whether the broker has cancelled it (basic.cancel): the queue is gone, or has moved. */
  readonly isCancelled: boolean;
  /**
   * Ends it: no more messages are delivered. What was delivered can still be acknowledged.
   *
   * @returns Whether the broker has answered, within 5 s.
   */
  cancel(): Promise<boolean>;
  /** @throws {ConnectionError} If the broker has cancelled it. */
  throwIfCancelled(): void;
}

/** Begins to consume the session's queue, with acknowledgements. */
export async function subscribe(
  { channel, queue }: Session,
  { prefetch, offset, onMessage, onCancelled, signal }: SubscribeOptions,
): Promise<Subscription> {
  const tag = `amqp-tasks.${crypto.randomUUID()}`;
  let isCancelled = false;
  let cancelling: Promise<boolean> | undefined;
  const watch = (consumer: AMQPConsumer) =>
    consumer.wait().catch(() => isCancelled = true).then(onCancelled);

  const deliver = (message: DeliveredMessage) => {
    offset?.delivered(message);
    onMessage(message);
  };

  const qos = channel.basicQos(prefetch);
  // The client knows a consumer only some time after the broker's answer, and misses a cancellation
  // that comes along with it.
  const early = new AMQPConsumer(channel, tag, deliver);
  channel.consumers.set(tag, early);
  watch(early);
  const params = { tag, noAck: false, args: offset?.begin() ?? {} };
  const consuming = Promise.try(() => channel.basicConsume(queue, params, deliver));
  const [consumer] = await abortable(Promise.all([consuming, qos]), signal);
  watch(consumer);
  return {
    get isCancelled() {
      return isCancelled;
    },
    cancel: () => cancelling ??= within(CANCEL_TIMEOUT, channel.basicCancel(tag)),
    throwIfCancelled() {
      if (!isCancelled) return;
      throw new ConnectionError("The broker cancelled the consumer: its queue is gone or moved");
    },
  };
}
