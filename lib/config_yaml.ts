/** YAML text → document, strictly: what YAML allows and a config does not need is an error. */
import { type Document, type LineCounter, parseDocument, visit } from "yaml";
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
    uniqueKeys: true,
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
  BAD_ALIAS: "no anchor (&name) for this alias; put text that begins with * in quotes",
  BAD_BINARY: "what follows !!binary is not base64",
  BAD_DQ_ESCAPE: "unknown escape; write \\\\ for a backslash, or use single quotes",
  BAD_INDENT: "the indentation does not fit what stands above",
  BAD_SCALAR_START: "text cannot begin with this character; put it in quotes",
  BLOCK_AS_IMPLICIT_KEY: "two keys on one line; put text with a colon in quotes",
  DUPLICATE_KEY: "this key stands twice in its mapping",
  MISSING_CHAR: "a closing quote or bracket, a comma, or the space after a colon is missing",
  MULTIPLE_DOCS: "a second document begins here; one file holds one config",
  TAB_AS_INDENT: "a tab cannot indent in YAML; use spaces",
  TAG_RESOLVE_FAILED: "unknown tag; put text that begins with ! in quotes",
  UNEXPECTED_TOKEN: "this does not belong here; put text with special characters in quotes",
};

/** What is wrong with the text of a document. */
export function syntaxProblems(doc: Document.Parsed): Problem[] {
  const found = [...doc.errors, ...doc.warnings].map(({ code, pos }) => ({
    code: code as string,
    at: pos[0],
  }));
  // The parser looks at neither of these.
  visit(doc, {
    Alias(_, node) {
      if (!node.resolve(doc)) found.push({ code: "BAD_ALIAS", at: node.range?.[0] ?? 0 });
    },
    Scalar(_, node) {
      if (node.tag !== "tag:yaml.org,2002:binary" || !node.range) return;
      if (!isBase64(node.source ?? "")) found.push({ code: "BAD_BINARY", at: node.range[0] });
    },
  });
  return found.map(({ code, at }) => ({
    path: [],
    offset: at,
    message: `not valid YAML: ${SYNTAX[code] ?? code.toLowerCase().replaceAll("_", " ")}`,
  }));
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
