import * as v from "valibot";
import { mapping, name, shortString, table } from "./config_values.ts";
import { queueArguments } from "./queue_arguments.ts";

/** `exchange`: what is published to. */
export const exchange = v.pipe(
  mapping(v.strictObject({
    name: v.pipe(
      name,
      v.description("Name of the exchange to declare and publish to"),
      v.metadata({ examples: ["orders", "amq.topic"] }),
    ),
    type: v.pipe(
      v.optional(name, "direct"),
      v.description("How it routes; a plugin may bring more types"),
      v.metadata({ examples: ["direct", "fanout", "topic", "headers"] }),
    ),
    durable: v.pipe(
      v.optional(v.boolean(), true),
      v.description("Survives a restart of the broker"),
    ),
    auto_delete: v.pipe(
      v.optional(v.boolean(), false),
      v.description("Deleted when its last binding is removed"),
    ),
    internal: v.pipe(
      v.optional(v.boolean(), false),
      v.description("Only other exchanges can publish to it"),
    ),
    passive: v.pipe(v.optional(v.boolean(), false), v.description("Must exist; is not declared")),
    arguments: v.pipe(
      v.optional(table, {}),
      v.description("Optional arguments, such as alternate-exchange"),
      v.metadata({
        properties: {
          "alternate-exchange": {
            type: "string",
            description: "Exchange that takes what this one can route to no queue",
          },
        },
      }),
    ),
  })),
  v.description("The exchange to declare and publish to. Without it: AMQP's default exchange"),
);

const binding = mapping(v.strictObject({
  exchange: v.pipe(v.optional(name), v.description("Exchange to bind to. Default: exchange.name")),
  routing_key: v.pipe(
    v.optional(shortString, ""),
    v.description(
      "Routing (binding) key; of a topic exchange, a pattern of words: * is one word, # any number",
    ),
    v.metadata({ examples: ["kern.*", "#"] }),
  ),
  arguments: v.pipe(
    v.optional(table, {}),
    v.description("Arguments: for a headers exchange x-match and the headers to match"),
    v.metadata({
      properties: {
        "x-match": {
          enum: ["all", "any", "all-with-x", "any-with-x"],
          default: "all",
          description:
            "Whether all of the headers must match or any one; …-with-x: those that begin with x- count too",
        },
      },
    }),
  ),
}));

/** `queue`: what is consumed, with its bindings. */
export const queue = v.pipe(
  mapping(v.strictObject({
    name: v.pipe(
      shortString,
      v.description('Name of the queue; "" lets the broker name a queue of the receiver\'s own'),
      v.metadata({ examples: ["orders"] }),
    ),
    type: v.pipe(
      v.optional(v.picklist(["quorum", "classic", "stream"])),
      v.description(
        "Type of the queue; classic if it is exclusive, auto_delete or not durable, unless set",
      ),
      v.metadata({ default: "quorum" }),
    ),
    durable: v.pipe(
      v.optional(v.boolean()),
      v.description(
        "Survives a restart of the broker; a queue without name does not, unless set",
      ),
      v.metadata({ default: true }),
    ),
    exclusive: v.pipe(
      v.optional(v.boolean()),
      v.description(
        "Of this connection only, deleted with it; so is a queue without name, unless set",
      ),
      v.metadata({ default: false }),
    ),
    auto_delete: v.pipe(
      v.optional(v.boolean(), false),
      v.description("Deleted when its last consumer leaves"),
    ),
    passive: v.pipe(
      v.optional(v.boolean(), false),
      v.description("Must exist; is not declared, and its other attributes are not compared"),
    ),
    arguments: v.optional(queueArguments, {}),
    bindings: v.pipe(
      v.optional(v.array(binding), []),
      v.description("Bindings to declare from exchanges to the queue"),
    ),
  })),
  v.description("The queue to declare"),
  v.transform(completeQueue),
  v.check(
    ({ type, durable, exclusive, auto_delete, passive }) =>
      passive || type === "classic" || (durable && !exclusive && !auto_delete),
    "cannot be of type quorum or stream and exclusive, auto_delete or not durable: write type: classic",
  ),
  v.check(
    ({ name, passive }) => !(passive && name === ""),
    "is passive but has no name: name the queue that must exist",
  ),
);

/** Fills in what depends on other keys, so that the defaults are legal together. */
function completeQueue<
  Q extends {
    name: string;
    type?: "quorum" | "classic" | "stream" | undefined;
    durable?: boolean | undefined;
    exclusive?: boolean | undefined;
    auto_delete: boolean;
  },
>(queue: Q) {
  const exclusive = queue.exclusive ?? queue.name === "";
  const durable = queue.durable ?? queue.name !== "";
  const type = queue.type ?? (exclusive || queue.auto_delete || !durable ? "classic" : "quorum");
  return { ...queue, exclusive, durable, type };
}
