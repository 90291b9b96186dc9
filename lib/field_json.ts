/** A header's value ↔ JSON, which has fewer types. */
import type { Field as WireField } from "@cloudamqp/amqp-client";
import type { ConfigError } from "./errors.ts";
import { DEEPEST } from "./field_table.ts";

/** A JSON object that was parsed. */
export type JsonObject = Record<string, unknown>;

/** Marks what JSON has no type for, in headers: `{"!!binary": base64}`, `{"!!timestamp": seconds}`. */
const BINARY = "!!binary";
const TIMESTAMP = "!!timestamp";

/** Makes JSON of a header's value, or of any value within. */
export function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return { [BINARY]: value.toBase64() };
  if (value instanceof Date) return { [TIMESTAMP]: seconds(value) };
  if (Array.isArray(value)) return value.map(toJson);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    // A header that is really called !!binary keeps its name behind two more marks.
    Object.entries(value).map(([key, inner]) => [key.replace(/^!!/, "!!!!"), toJson(inner)]),
  );
}

/**
 * Makes a header's value of what {@linkcode toJson} has made.
 *
 * @throws What `wrong` makes of the reason if it is no such JSON.
 */
export function fromJson(
  value: unknown,
  wrong: (why: string) => ConfigError,
  depth = 0,
): WireField {
  if (depth > DEEPEST) throw wrong(`headers lie in each other, more than ${DEEPEST} deep`);
  if (Array.isArray(value)) return value.map((inner) => fromJson(inner, wrong, depth + 1));
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) >= 2 ** 31) {
    // See toWireTable.
    return fromJson(BigInt(value), wrong, depth);
  }
  if (typeof value === "bigint" && BigInt.asIntN(64, value) !== value) {
    throw wrong("a header holds an integer that does not fit into AMQP's 64 bits");
  }
  if (!isObject(value)) return value as WireField;
  const entries = Object.entries(value);
  const [[key, inner] = []] = entries;
  if (entries.length === 1 && key === BINARY) return decodeBase64(BINARY, inner, wrong);
  if (entries.length === 1 && key === TIMESTAMP) {
    if (!isSeconds(inner)) throw wrong(`"${TIMESTAMP}" is not in seconds`);
    return new Date(inner * 1_000);
  }
  return Object.fromEntries(
    entries.map(([key, inner]) => [key.replace(/^!!!!/, "!!"), fromJson(inner, wrong, depth + 1)]),
  );
}

/** Decodes base64; `name` says in an error what it should have been. */
export function decodeBase64(
  name: string,
  text: unknown,
  wrong: (why: string) => ConfigError,
): Uint8Array {
  try {
    if (typeof text === "string") return Uint8Array.fromBase64(text);
  } catch {
    // Told below.
  }
  throw wrong(`"${name}" is not base64`);
}

/** Whether it is a mapping for {@linkcode fromJson} too, and not what JSON has no type for. */
export function isTable(value: unknown): boolean {
  return isObject(value) && !Object.hasOwn(value, BINARY) && !Object.hasOwn(value, TIMESTAMP);
}

/** Whether it is a number of seconds that a `Date` can have. */
export function isSeconds(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(value as number) <= 8_640_000_000_000;
}

/** A time in seconds, as AMQP has it. */
export function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}

/** Whether it is a mapping, and no other kind of object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Uint8Array) && !(value instanceof Date);
}
