/** The kinds of values that keys of config.yaml have. */
import * as v from "valibot";
import { DURATION_PATTERN, parseDuration } from "./duration.ts";

/** A value that an AMQP table (headers, arguments) can hold. */
export type Field = string | number | bigint | boolean | null | Uint8Array | Field[] | FieldTable;

/** An AMQP table: headers of a message, arguments of a queue, an exchange, a binding. */
export interface FieldTable {
  /** A value by its name. */
  [name: string]: Field;
}

/** AMQP's short string: at most 255 bytes of UTF-8 (AMQP 0-9-1, section 4.2.5.3). */
export const shortString = v.pipe(
  v.string(),
  v.check((text) => text.isWellFormed(), "has half a character (a lone surrogate)"),
  v.maxBytes(255, "is longer than AMQP's 255 bytes"),
);

/** A short string that says something. */
export const name = v.pipe(shortString, v.nonEmpty("is empty"));

/** A mapping, and no list: valibot takes a list for an object with the keys 0, 1, … */
export function mapping<S extends v.GenericSchema>(schema: S): S {
  return {
    ...schema,
    "~run": (dataset, config) => {
      if (!Array.isArray(dataset.value)) return schema["~run"](dataset, config);
      v._addIssue(schema, "type", dataset, config);
      return dataset;
    },
  };
}

/** A mapping of any names, but for those that valibot leaves out without a word, to be safe. */
export function namedValues<S extends v.GenericSchema>(schema: S): S {
  const refuse = { ...schema, message: "cannot be a name in an AMQP table" };
  return mapping({
    ...schema,
    "~run": (dataset, config) => {
      const input = Object(dataset.value) as Record<string, unknown>;
      const result = schema["~run"](dataset, config);
      for (const key of ["__proto__", "prototype", "constructor"]) {
        if (!Object.hasOwn(input, key)) continue;
        const path: [v.ObjectPathItem] = [
          { type: "object", origin: "key", input, key, value: undefined },
        ];
        v._addIssue(refuse, "key", result, config, { path });
      }
      return result;
    },
  });
}

/** What a text that is no duration is told. */
export const NO_DURATION = "is no duration; write a number and a unit, such as 500ms, 10s, 2m, 1h";

/** A duration, in ms once read. */
export const duration = v.pipe(
  v.string(NO_DURATION),
  v.regex(DURATION_PATTERN, NO_DURATION),
  v.check((text) => parseDuration(text) !== undefined, "is longer than 24 days"),
  v.transform((text) => parseDuration(text) ?? 0),
);

/** A whole number within bounds, both included. */
export function whole(least: number, most: number): v.GenericSchema<number> {
  return v.pipe(
    v.number(),
    v.integer("is not a whole number"),
    v.minValue(least, `is less than ${least}`),
    v.maxValue(most, `is more than ${most}`),
  );
}

/** A time in ms that the broker is given as a number. */
export const milliseconds = whole(0, 2 ** 32 - 1);

/** How many: a whole number from 0 on. */
export const count = v.pipe(
  v.number(),
  v.integer("is not a whole number"),
  v.minValue(0, "is negative"),
);

const TOO_LARGE = "does not fit into AMQP's 64 bits";

/** A value of an AMQP table. */
export const field: v.GenericSchema<Field> = v.lazy(() =>
  v.union([
    v.string(),
    v.pipe(
      v.number(),
      v.check((value) => !Number.isInteger(value) || Math.abs(value) < 2 ** 63, TOO_LARGE),
    ),
    v.pipe(v.bigint(), v.check((value) => BigInt.asIntN(64, value) === value, TOO_LARGE)),
    v.boolean(),
    v.null(),
    v.instance(Uint8Array),
    v.array(field),
    namedValues(v.record(v.string(), field)),
  ], "cannot be held by an AMQP table")
);

/** An AMQP table. */
export const table = namedValues(v.record(
  v.pipe(v.string(), v.maxBytes(128, "is longer than 128 bytes")),
  field,
));

const NO_OFFSET = "is no offset; write first, last, next, a whole number, a time such as " +
  "2026-11-24T10:00:00Z, or how long ago, such as 1h or 7D";

/** Where to begin in a stream (https://www.rabbitmq.com/docs/streams#consuming); times become dates. */
export const streamOffset = v.union([
  v.picklist(["first", "last", "next"]),
  whole(0, Number.MAX_SAFE_INTEGER),
  v.pipe(v.string(), v.regex(/^[1-9]\d*[YMDhms]$/, NO_OFFSET)),
  v.pipe(
    v.string(),
    v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/, NO_OFFSET),
    v.check((text) => Date.parse(text) >= 0, NO_OFFSET),
    v.transform((text) => new Date(text)),
  ),
], NO_OFFSET);
