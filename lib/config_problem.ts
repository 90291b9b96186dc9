/** Turns what the schema finds wrong into what a person can mend. */
import type * as v from "valibot";
import type { Document } from "yaml";
import type { Problem } from "./config_place.ts";
import { ConfigSchema } from "./config_schema.ts";
import { didYouMean } from "./suggest.ts";
import { escapeText } from "./terminal.ts";

/** Keys whose values never appear in a message. */
const SECRET = /^broker\.(password|url)$/;
/** What may hold a password: a URL, or the part of one with a user in it. */
export const MAY_HOLD_SECRET = /[/@]/;
/** What `user:password@host` looks like as a key, or `password:secret` without the space. */
const MAY_HOLD_SECRET_KEY = /[/@:=]/;

const HIDDEN =
  "not shown because it may hold a secret; a space belongs after the colon of a key; known are ";

const TYPES: Record<string, string> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  Object: "a mapping of keys",
  Array: "a list",
  bigint: "an integer beyond 2^53",
  null: "empty",
};

type Issue = v.BaseIssue<unknown>;

/** Whether the value at a path is never shown. */
export function isSecret(path: readonly string[]): boolean {
  return SECRET.test(path.join("."));
}

/** Describes each issue of the schema as a {@linkcode Problem}. */
export function describeIssues(issues: readonly Issue[], doc: Document): Problem[] {
  return issues.map(mostSpecific).map((issue) => describe(issue, doc));
}

/** Of a union, the alternative that got furthest is the one that was meant. */
function mostSpecific(issue: Issue): Issue {
  const deeper = issue.issues?.map(mostSpecific).filter((inner) =>
    (inner.path?.length ?? 0) > 0 || inner.kind === "validation"
  );
  const [inner] = deeper ?? [];
  if (!inner) return issue;
  const path = [...(issue.path ?? []), ...(inner.path ?? [])] as [v.IssuePathItem];
  return path.length ? { ...inner, path } : inner;
}

function describe(issue: Issue, doc: Document): Problem {
  const path = (issue.path ?? []).map(({ key }) => String(key));
  const key = escapeText(path.at(-1) ?? "");
  const dotted = escapeText(path.join("."));
  if (issue.type === "strict_object" && issue.expected === "never") {
    const known = knownKeys(path.slice(0, -1));
    const inside = path.length > 1 ? ` in ${escapeText(path.slice(0, -1).join("."))}` : "";
    const isHidden = (path.length < 2 || path[0] === "broker") && MAY_HOLD_SECRET_KEY.test(key);
    if (isHidden) {
      return { path, message: `unknown key${inside}, ${HIDDEN}${known.join(", ")}` };
    }
    return { path, message: `unknown key "${key}"${inside}; ${suggest(key, known)}` };
  }
  if (issue.type === "strict_object" && issue.received === "undefined") {
    return { path, message: `${dotted} is missing` };
  }
  // A message of the schema's own says it better than its types do.
  if (!issue.message.startsWith("Invalid ")) {
    const shown = showValue(path, doc);
    return { path, message: `${dotted}${shown && ` (${shown})`} ${issue.message}` };
  }
  const expected = describeExpected(issue.expected ?? "");
  const received = TYPES[kindOf(issue.input)] ?? "something else";
  const shown = showValue(path, doc);
  const number = typeof issue.input === "number" || typeof issue.input === "boolean";
  const cure = number && expected === "text" ? "; put it in quotes to make it text" : "";
  const choice = /^\("|^"/.test(issue.expected ?? "") && typeof issue.input === "string"
    ? didYouMean(issue.input, (issue.expected ?? "").match(/[\w-]+/g) ?? [])
    : "";
  return {
    path,
    message: `${dotted} must be ${expected}, but is ${
      typeof issue.input === "string" && shown ? shown : `${received}${shown && `: ${shown}`}`
    }${cure}${choice}`,
  };
}

function describeExpected(expected: string): string {
  const names = expected.replace(/^\(|\)$/g, "").split(" | ").map((name) => TYPES[name] ?? name);
  return [...new Set(names)].join(" or ");
}

function kindOf(input: unknown): string {
  if (input === null) return "null";
  if (Array.isArray(input)) return "Array";
  return typeof input === "object" ? "Object" : typeof input;
}

/** The value as it stands, short and harmless; nothing for a collection, or for a secret. */
function showValue(path: string[], doc: Document): string {
  if (isSecret(path)) return "";
  const value = doc.getIn(path);
  if (value === null || value === undefined || typeof value === "object") return "";
  // A section that is a text is one whose key lacks the space: `password:secret`.
  if (path[0] === "broker" && path.length === 1) return "";
  if (path[0] === "broker" && MAY_HOLD_SECRET.test(String(value))) return "";
  const text = escapeText(String(value));
  const short = text.length > 60 ? `${text.slice(0, 57)}…` : text;
  return typeof value === "string" ? `"${short}"` : short;
}

/** The keys that the schema knows at a path. */
export function knownKeys(path: string[]): string[] {
  let schema: unknown = ConfigSchema;
  for (const key of path) {
    const { entries, item } = unwrap(schema);
    schema = entries && Object.hasOwn(entries, key) ? entries[key] : item;
  }
  return Object.keys(unwrap(schema).entries ?? {});
}

interface Unwrapped {
  entries?: Record<string, unknown>;
  item?: unknown;
}

/** Goes through `optional` and `union` to the object or list within. */
function unwrap(schema: unknown): Unwrapped {
  const { entries, item, wrapped, options } = (schema ?? {}) as Unwrapped & {
    wrapped?: unknown;
    options?: unknown[];
  };
  if (entries) return { entries };
  if (item) return { item };
  if (wrapped) return unwrap(wrapped);
  const found = Array.isArray(options) ? options.map(unwrap) : [];
  return found.find((inner) => inner.entries) ?? found.find((inner) => inner.item) ?? {};
}

function suggest(key: string, known: string[]): string {
  return didYouMean(key, known).slice(2) || `known are ${known.join(", ")}`;
}
