import * as v from "valibot";
import { duration, mapping, name, streamOffset, whole } from "./config_values.ts";

/** What keeps a broker on this machine busy; see docs/performance.md. */
const PREFETCH = 1_000;

/** `receive`: how, and what is done with messages. */
export const receive = v.pipe(
  mapping(v.strictObject({
    prefetch: v.pipe(
      v.optional(whole(1, 65535)),
      v.description(
        "How many messages may be delivered and not yet acknowledged; so many are kept in memory, so set it lower where they have megabytes. With handler or exec it is concurrency, unless set",
      ),
      v.metadata({ default: PREFETCH }),
    ),
    ack: v.pipe(
      v.optional(v.picklist(["on_success", "on_delivery"]), "on_success"),
      v.description(
        "on_success: acknowledged once written, or handled. on_delivery: acknowledged as it comes (like AMQP's no-ack, but with prefetch), so lost if writing fails",
      ),
    ),
    offset: v.pipe(
      v.optional(streamOffset),
      v.description(
        "Where to begin in a stream: first, last (the last chunk), next, the number of a message, a time such as 2026-11-24T10:00:00Z, or how long ago, such as 1h or 7D (Y, M, D, h, m, s)",
      ),
      v.metadata({ default: "next", examples: [0, "1h", "7D", "2026-11-24T10:00:00Z"] }),
    ),
    handler: v.pipe(
      v.optional(v.string()),
      v.description(
        "TypeScript or JavaScript file whose default export, (message, context) => unknown, is called with each message in place of printing it; relative to the config file",
      ),
      v.metadata({ examples: ["./handler.ts"] }),
    ),
    exec: v.pipe(
      v.optional(v.pipe(v.array(v.string()), v.minLength(1, "is empty: name a command"))),
      v.description(
        "Command and its arguments, run for each message in place of printing it (deno task work): the payload is its standard input, exit 0 success. No shell; with a / in it, relative to the config file",
      ),
      v.metadata({ examples: [["curl", "--fail", "--data-binary", "@-", "https://example.com"]] }),
    ),
    concurrency: v.pipe(
      v.optional(whole(1, 1000), 1),
      v.description("How many messages handler or exec works on at a time"),
    ),
    timeout: v.pipe(
      v.optional(duration, "5m"),
      v.description(
        "How long handler or exec may take for one message before it has failed; less than the broker's consumer_timeout (30m)",
      ),
    ),
    retry: v.optional(
      v.pipe(
        mapping(v.strictObject({
          attempts: v.pipe(
            v.optional(whole(1, 1000), 3),
            v.description("How often a message is tried in all before it is dead-lettered"),
          ),
          delay: v.pipe(
            v.optional(
              v.pipe(
                duration,
                v.check((ms) => ms >= 1 && ms % 1 === 0, "is not in whole ms from 1 on"),
              ),
              "10s",
            ),
            v.description("How long to wait before it is tried again"),
          ),
        })),
        v.description("What becomes of a message that handler or exec fails on"),
      ),
      {},
    ),
    dead_letter: v.pipe(
      v.optional(name),
      v.description(
        "Queue for messages that failed for good, with the reason in their headers. Default: queue.name with .dead-letter after it",
      ),
    ),
  })),
  v.check(
    ({ handler, exec }) => handler === undefined || exec === undefined,
    "has both handler and exec: keep one",
  ),
  v.check(
    ({ handler, exec, ack }) => ack === "on_success" || !(handler ?? exec),
    "has ack: on_delivery and a handler or exec, which would lose what fails: remove ack",
  ),
  v.description("How to receive"),
  v.transform(({ prefetch, ...rest }) => ({
    ...rest,
    prefetch: prefetch ?? (rest.handler ?? rest.exec ? rest.concurrency : PREFETCH),
  })),
);
