/** YAML text → document, strictly: what YAML allows and a config does not need is an error. */
import {
  type Document,
  isMap,
  isScalar,
  type LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from "yaml";
import type { Problem } from "./config_place.ts";

/** More aliases than this are an attack, or a mistake. */
const MOST_ALIASES = 100;

/** Parses a text; see {@linkcode syntaxProblems} for what is wrong with it. */
export function parseYaml(text: string, lineCounter: LineCounter): Document.Parsed {
  const doc = parseDocument(text, {
    lineCounter,
    version: "1.2",
    schema: "core",
    customTags: ["binary"],
    intAsBigInt: true,
    prettyErrors: false,
    // It compares each key with each, which takes minutes for a megabyte of them; see below.
    uniqueKeys: false,
    logLevel: "error",
  });
  // Integers that a number holds exactly become numbers; larger ones stay whole as bigint.
  visit(doc, {
    Scalar(_, node) {
      if (typeof node.value === "bigint" && Number.isSafeInteger(Number(node.value))) {
        node.value = Number(node.value);
      }
    },
  });
  return doc;
}

/**
 * What each of the YAML parser's codes means to a person. Its own messages are not used: they quote
 * the file, and what stands there may be a secret.
 */
const SYNTAX: Record<string, string> = {
  ALIAS_IN_ITSELF: "this alias (*name) stands in what it names (&name)",
  BAD_ALIAS: "no anchor (&name) for this alias; put text that begins with * in quotes",
  BAD_BINARY: "what follows !!binary is not base64",
  BAD_DQ_ESCAPE: "unknown escape; write \\\\ for a backslash, or use single quotes",
  BAD_INDENT: "the indentation does not fit what stands above",
  BAD_SCALAR_START: "text cannot begin with this character; put it in quotes",
  BLOCK_AS_IMPLICIT_KEY: "two keys on one line; put text with a colon in quotes",
  BLOCK_IN_FLOW: "a comma is missing between these brackets",
  DUPLICATE_KEY: "this key stands twice in its mapping",
  MISSING_CHAR: "a closing quote or bracket, a comma, or the space after a colon is missing",
  MISSING_BRACKET: "a closing } or ] is missing, or not indented",
  MISSING_COLON: "a colon, or the space after it, is missing",
  MISSING_COMMA: "a comma or a closing bracket is missing, or the space after a colon",
  MISSING_QUOTE: "this quote is not closed",
  MULTILINE_IMPLICIT_KEY: "a colon, or the space after it, is missing here or on the next line",
  MULTIPLE_DOCS: "a second document begins here; one file holds one config",
  RESOURCE_EXHAUSTION: "brackets or indentation are nested too deep",
  TAB_AS_INDENT: "a tab cannot indent in YAML; use spaces",
  TAG_RESOLVE_FAILED: "unknown tag; put text that begins with ! in quotes",
  UNEXPECTED_TOKEN: "this does not belong here; put text with special characters in quotes",
};

/** What the parser knows of old: a set in place of a mapping would have no keys. */
const FOREIGN_TAG = /^tag:yaml\.org,2002:(merge|omap|pairs|set|timestamp)$/;

/** What some of the parser's messages say more exactly than their code. */
const EXACT: [message: RegExp, code: string][] = [
  [/^Missing closing/, "MISSING_QUOTE"],
  [/^Implicit map keys need to be followed/, "MISSING_COLON"],
  [/^Missing (,|space after :)/, "MISSING_COMMA"],
  [/^Flow (map|sequence) .* end with a/, "MISSING_BRACKET"],
];

/** What is wrong with the text of a document; `lines` are those that it was parsed with. */
export function syntaxProblems(doc: Document.Parsed, lines: LineCounter): Problem[] {
  const found = [...doc.errors, ...doc.warnings].map(({ code, message, pos }) => ({
    code: EXACT.find(([begin]) => begin.test(message))?.[1] ?? code as string,
    at: pos[0],
  }));
  for (const one of found) if (one.code === "MISSING_QUOTE") one.at = openingQuote(doc, one.at);
  // The parser looks at none of these.
  const add = (code: string, node: unknown) => found.push({ code, at: startOf(node) });
  visit(doc, {
    Alias(_, node, ancestors) {
      const named = node.resolve(doc);
      if (!named) add("BAD_ALIAS", node);
      else if (ancestors.includes(named)) add("ALIAS_IN_ITSELF", node);
    },
    Value(_, node) {
      if (FOREIGN_TAG.test(node.tag ?? "")) add("TAG_RESOLVE_FAILED", node);
      if (isMap(node)) repeatedKeys(node).forEach((key) => add("DUPLICATE_KEY", key));
      if (!isScalar(node) || node.tag !== "tag:yaml.org,2002:binary" || !node.range) return;
      if (!isBase64(node.source ?? "")) add("BAD_BINARY", node);
    },
  });
  // What follows on the same line is mostly the same mistake.
  const told = new Set<string>();
  const isNew = (one: string) => !told.has(one) && told.add(one);
  const first = found.filter(({ code, at }) => isNew(`${code} ${lines.linePos(at).line}`));
  return first.map(({ code, at }) => ({
    path: [],
    offset: at,
    message: `not valid YAML: ${SYNTAX[code] ?? code.toLowerCase().replaceAll("_", " ")}`,
  }));
}

/** Where the quoted text begins that has no end; the parser tells where it should have ended. */
function openingQuote(doc: Document.Parsed, end: number): number {
  let at = end;
  visit(doc, (_, node) => {
    if (!isScalar(node) || !node.range || !node.type?.startsWith("QUOTE_")) return;
    if (node.range[0] < end && end <= node.range[1]) at = node.range[0];
  });
  return at;
}

function repeatedKeys({ items }: YAMLMap): Scalar[] {
  const known = new Set<unknown>();
  return items.map(({ key }) => key).filter(isScalar).filter(({ value }) => {
    const isRepeated = known.has(value);
    known.add(value);
    return isRepeated;
  });
}

function startOf(node: unknown): number {
  return (node as Node).range?.[0] ?? 0;
}

function isBase64(text: string): boolean {
  try {
    Uint8Array.fromBase64(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Turns a document into plain values.
 *
 * @throws {ReferenceError} If its aliases cannot be resolved, or are too many.
 */
export function toValue(doc: Document): unknown {
  return doc.toJS({ maxAliasCount: MOST_ALIASES }) ?? {};
}

/** What a {@linkcode toValue} that failed means. */
export function aliasProblem(error: unknown): Problem {
  const message = String(error).includes("Excessive")
    ? `aliases (*name) multiply into too much; at most ${MOST_ALIASES} are expanded`
    : `not valid YAML: ${SYNTAX.BAD_ALIAS}`;
  return { path: [], message };
}
