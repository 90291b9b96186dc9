/**
 * The parts of JSON Schema that occur in ours, and what is made of them for editors.
 *
 * @module
 */
import { NO_DURATION } from "../lib/config_values.ts";
import { DURATION_PATTERN } from "../lib/duration.ts";

/** A JSON schema, as `toJsonSchema()` makes it. */
export interface Schema {
  type?: string | string[];
  description?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  /** What editors say of a text that does not match the pattern. */
  patternErrorMessage?: string;
  anyOf?: Schema[];
  not?: Schema;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  $defs?: Record<string, Schema>;
}

/** A text in which the environment is filled in. */
const VARIABLE = String.raw`\$\{AMQP_\w+(:-[^}]*)?\}`;

/**
 * The same schema for editors, which neither fill in variables nor show defaults: `${AMQP_…}` is
 * accepted in place of a number, a boolean, a text of a certain form and one of a few, and
 * descriptions end with the default.
 */
export function forEditors(schema: Schema): Schema {
  const { type, pattern, anyOf, items, properties, additionalProperties: other, $defs } = schema;
  const accepting = {
    ...schema,
    ...(schema.description !== undefined && { description: describe(schema) }),
    // Beside one of a few there is always something else that accepts it.
    ...(anyOf && { anyOf: anyOf.map((one) => isOneOfFew(one) ? one : forEditors(one)) }),
    ...(items && { items: forEditors(items) }),
    ...(properties && { properties: mapValues(properties, forEditors) }),
    ...(typeof other === "object" && { additionalProperties: forEditors(other) }),
    ...($defs && { $defs: mapValues($defs, forEditors) }),
  };
  if (isOneOfFew(schema)) {
    const { enum: values, const: value, type: _, ...rest } = accepting;
    const few = values === undefined ? { const: value } : { enum: values };
    return { ...rest, anyOf: [few, { type: "string", pattern: VARIABLE }] };
  }
  if (type === "integer" || type === "number" || type === "boolean") {
    const what = type === "integer" ? "whole number" : type;
    return {
      ...accepting,
      type: [type, "string"],
      pattern: VARIABLE,
      patternErrorMessage: `is no ${what}`,
    };
  }
  if (pattern === undefined) return accepting;
  const isDuration = pattern === DURATION_PATTERN.source;
  return {
    ...accepting,
    pattern: `${pattern}|${VARIABLE}`,
    ...(isDuration && { patternErrorMessage: NO_DURATION }),
  };
}

function describe({ description = "", default: standard }: Schema): string {
  if (standard === undefined || typeof standard === "object") return description;
  return `${description}. Default: ${standard === "" ? '""' : standard}`;
}

function isOneOfFew({ enum: values, const: value }: Schema): boolean {
  return values !== undefined || value !== undefined;
}

function mapValues<T>(values: Record<string, T>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
