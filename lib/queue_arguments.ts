import * as v from "valibot";
import { count, field, milliseconds, namedValues, shortString, whole } from "./config_values.ts";
import { didYouMean } from "./suggest.ts";

// RabbitMQ accepts an unknown or misspelt x-argument without a word, so the known ones are checked
// here (https://www.rabbitmq.com/docs/queues#optional-arguments).
const KNOWN_QUEUE_ARGUMENTS = {
  "x-consumer-timeout": v.optional(milliseconds),
  "x-dead-letter-exchange": v.optional(shortString),
  "x-dead-letter-routing-key": v.optional(shortString),
  "x-dead-letter-strategy": v.optional(v.picklist(["at-most-once", "at-least-once"])),
  "x-delivery-limit": v.optional(v.pipe(v.number(), v.integer("is not a whole number"))),
  "x-expires": v.optional(whole(1, 2 ** 32 - 1)),
  "x-initial-cluster-size": v.optional(whole(1, 255)),
  "x-max-age": v.optional(v.pipe(v.string(), v.regex(/^\d+[YMDhms]$/, "is not like 7D or 12h"))),
  "x-max-length": v.optional(count),
  "x-max-length-bytes": v.optional(count),
  "x-max-priority": v.optional(whole(1, 255)),
  "x-message-ttl": v.optional(milliseconds),
  "x-overflow": v.optional(
    v.picklist(["drop-head", "reject-publish", "reject-publish-dlx"]),
  ),
  "x-queue-leader-locator": v.optional(v.picklist(["client-local", "balanced"])),
  "x-queue-mode": v.optional(v.picklist(["default", "lazy"])),
  "x-queue-type": v.optional(v.undefined("is set with queue.type")),
  "x-queue-version": v.optional(whole(1, 2)),
  "x-quorum-initial-group-size": v.optional(whole(1, 255)),
  "x-quorum-target-group-size": v.optional(whole(1, 255)),
  "x-single-active-consumer": v.optional(v.boolean()),
  "x-stream-max-segment-size-bytes": v.optional(count),
};

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
