import * as v from "valibot";
import { mapping, name, shortString, table } from "./config_values.ts";
import { queueArguments } from "./queue_arguments.ts";

/** `exchange`: what is published to. */
export const exchange = v.pipe(
  mapping(v.strictObject({
    name: v.pipe(name, v.description("Name of the exchange to declare and publish to")),
    type: v.pipe(
      v.optional(name, "direct"),
      v.description("direct, fanout, topic, headers, or the type of a plugin"),
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
    ),
  })),
  v.description("The exchange to declare and publish to. Without it: AMQP's default exchange"),
);

const binding = mapping(v.strictObject({
  exchange: v.pipe(v.optional(name), v.description("Exchange to bind to. Default: exchange.name")),
  routing_key: v.pipe(v.optional(shortString, ""), v.description("Routing (binding) key")),
  arguments: v.pipe(
    v.optional(table, {}),
    v.description("Arguments, such as x-match for a headers exchange"),
  ),
}));

/** `queue`: what is consumed, with its bindings. */
export const queue = v.pipe(
  mapping(v.strictObject({
    name: v.pipe(
      shortString,
      v.description('Name of the queue; "" lets the broker name a queue of the receiver\'s own'),
    ),
    type: v.pipe(
      v.optional(v.picklist(["quorum", "classic", "stream"])),
      v.description(
        "quorum, classic or stream. Default: quorum; classic if exclusive, auto_delete or not durable",
      ),
    ),
    durable: v.pipe(
      v.optional(v.boolean()),
      v.description(
        "Survives a restart of the broker. Default: true; false for a queue without name",
      ),
    ),
    exclusive: v.pipe(
      v.optional(v.boolean()),
      v.description(
        "Of this connection only, deleted with it. Default: false; true for a queue without name",
      ),
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
