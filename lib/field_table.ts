import type { Field as WireField } from "@cloudamqp/amqp-client";
import type { Field, FieldTable } from "./config_schema.ts";

/** How long a short string can be, a property or a name, in bytes of UTF-8. */
export const LONGEST_SHORT_STRING = 255;
/** How deep tables and lists may lie in each other: more is a mistake, or is to exhaust the stack. */
export const DEEPEST = 1_000;

/**
 * Makes a table of headers or arguments ready for the client, which would wrap an integer from 2³¹
 * to 2³² around to a negative one unless it comes as a bigint.
 */
export function toWireTable(
  table: FieldTable | Record<string, WireField>,
): Record<string, WireField> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, toWire(value)]));
}

function toWire(value: Field | WireField): WireField {
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) >= 2 ** 31) {
    return BigInt(value);
  }
  if (Array.isArray(value)) return value.map(toWire);
  const isTable = typeof value === "object" && value !== null && !(value instanceof Uint8Array) &&
    !(value instanceof Date);
  return isTable ? toWireTable(value as FieldTable) : value as WireField;
}
