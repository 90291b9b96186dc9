import * as v from "valibot";
import { count, field, milliseconds, namedValues, shortString, whole } from "./config_values.ts";
import { didYouMean } from "./suggest.ts";

// RabbitMQ accepts an unknown or misspelt x-argument without a word, so the known ones are checked
// here (https://www.rabbitmq.com/docs/queues#optional-arguments).
const KNOWN_QUEUE_ARGUMENTS = {
  "x-consumer-timeout": argument(
    milliseconds,
    "How long a delivery may stay unacknowledged before its channel is closed, in ms (newer brokers only). Default: the broker's consumer_timeout",
    { examples: [1_800_000] },
  ),
  "x-dead-letter-exchange": argument(
    shortString,
    'Exchange to which messages go that were rejected, have expired or are over a limit; "" is the default exchange',
    { examples: ["", "dead-letters"] },
  ),
  "x-dead-letter-routing-key": argument(
    shortString,
    "Routing key of dead-lettered messages. Default: the one that each was published with",
  ),
  "x-dead-letter-strategy": argument(
    v.picklist(["at-most-once", "at-least-once"]),
    "at-least-once: a dead-lettered message is deleted only once it has arrived (quorum queues with x-overflow: reject-publish)",
    { default: "at-most-once" },
  ),
  "x-delivery-limit": argument(
    v.pipe(v.number(), v.integer("is not a whole number")),
    "How often a message may be delivered again before it is dead-lettered or deleted (quorum queues). Default: no limit; from RabbitMQ 4.0 on, 20. -1: no limit from RabbitMQ 4.0 on, but none before: there the first redelivery is too many",
    { examples: [20, -1] },
  ),
  "x-expires": argument(
    whole(1, 2 ** 32 - 1),
    "Deletes the queue when nobody has used it for so long, in ms",
    { examples: [1_800_000] },
  ),
  "x-initial-cluster-size": argument(
    whole(1, 255),
    "On how many nodes a stream has a copy at first",
    { examples: [3] },
  ),
  "x-max-age": argument(
    v.pipe(v.string(), v.regex(/^\d+[YMDhms]$/, "is not like 7D or 12h")),
    "How old messages of a stream may become, before its oldest segments are deleted: a number and Y, M, D, h, m or s",
    { examples: ["7D", "12h"] },
  ),
  "x-max-length": argument(
    count,
    "How many messages may be ready in the queue; what goes over it falls under x-overflow",
    { examples: [10_000] },
  ),
  "x-max-length-bytes": argument(
    count,
    "How many bytes of payloads may be ready in the queue; what goes over it falls under x-overflow. Of a stream: how large it may be before its oldest segments are deleted",
    { examples: [20_000_000_000] },
  ),
  "x-max-priority": argument(
    whole(1, 255),
    "Highest message priority (classic queues); RabbitMQ advises no more than 5",
    { examples: [5] },
  ),
  "x-message-ttl": argument(
    milliseconds,
    "How long a message may stay in the queue, in ms; then it is dead-lettered or deleted",
    { examples: [60_000] },
  ),
  "x-overflow": argument(
    v.picklist(["drop-head", "reject-publish", "reject-publish-dlx"]),
    "What happens when the queue is full. drop-head: the oldest message is dead-lettered or deleted. reject-publish: the new one is rejected. reject-publish-dlx: that too, and it is dead-lettered (classic queues)",
    { default: "drop-head" },
  ),
  "x-queue-leader-locator": argument(
    v.picklist(["client-local", "balanced"]),
    "On which node the queue's leader is declared. client-local: on the one that the client is connected to. balanced: on one with few leaders",
    { default: "client-local" },
  ),
  "x-queue-mode": argument(
    v.picklist(["default", "lazy"]),
    "lazy: messages are kept on disk rather than in memory (classic queues of older brokers)",
    { default: "default" },
  ),
  "x-queue-type": argument(
    v.undefined("is set with queue.type"),
    "Is set with queue.type",
    { not: {}, doNotSuggest: true, errorMessage: "is set with queue.type" },
  ),
  "x-queue-version": argument(
    whole(1, 2),
    "Version of a classic queue's files: 1, or 2, which needs less memory",
    { examples: [2] },
  ),
  "x-quorum-initial-group-size": argument(
    whole(1, 255),
    "On how many nodes a quorum queue has a copy at first",
    { examples: [3] },
  ),
  "x-quorum-target-group-size": argument(
    whole(1, 255),
    "On how many nodes the broker sees to it that a quorum queue has a copy (newer brokers only)",
    { examples: [3] },
  ),
  "x-single-active-consumer": argument(
    v.boolean(),
    "One consumer at a time gets messages; the next takes over when it has gone",
    { default: false },
  ),
  "x-stream-max-segment-size-bytes": argument(
    count,
    "Size of a stream's segment files, in bytes; only whole segments are deleted",
    { default: 500_000_000 },
  ),
};

/** An argument that need not be there; `more` is for editors and docs/configuration.md. */
function argument<const S extends v.GenericSchema>(
  schema: S,
  description: string,
  more: Record<string, unknown> = {},
) {
  return v.optional(v.pipe(schema, v.metadata({ description, ...more })));
}

/** `queue.arguments`. */
export const queueArguments = v.pipe(
  namedValues(v.objectWithRest(KNOWN_QUEUE_ARGUMENTS, field)),
  // One that is like none of them may belong to a plugin.
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const known = Object.keys(KNOWN_QUEUE_ARGUMENTS);
    for (const [key, value] of Object.entries(dataset.value)) {
      const meant = known.includes(key) ? "" : didYouMean(key, known);
      if (!meant) continue;
      addIssue({
        message: `is no argument of RabbitMQ${meant}`,
        path: [{ type: "object", origin: "key", input: dataset.value, key, value }],
      });
    }
  }),
  v.description("Optional arguments of the queue, such as x-max-length or x-message-ttl"),
);
