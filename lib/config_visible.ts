/**
 * Which part of a config's line may be shown. A password must not be, and where it stands is known
 * for sure only in a file without mistakes; so nothing is shown that is not known to be harmless.
 */
import { type Document, isMap, isNode, isPair, isScalar, isSeq, type Node, type Pair } from "yaml";
import { isSecret, knownKeys, MAY_HOLD_SECRET } from "./config_problem.ts";

/** Where nothing secret belongs. */
const HARMLESS = ["exchange", "queue", "message", "receive"];
/** What tells that a secret has got to where it does not belong. */
const SUSPICIOUS = /pass?w|passphrase|pwd|secret|token|credential|ur[il]\b|:\/\/|:[^\s@]+@|\\[xu]/i;
/** A secret where it should be, in the environment. */
const BY_VARIABLE = /\w+:\s*(["']?)\$\{AMQP_\w+\}\1\s*$/gm;
const COMMENT = /(^|\s)#.*$/gm;
/** Defines what an alias repeats elsewhere, as a password maybe. */
const ANCHOR = /(^|[\s:[{,-])&\S/m;
/** What may be a key, and its colon. */
const KEY = /(["']?)([\w.-]+)\1\s*:(?=\s|$)/g;
/** A line's first key; nothing of a value is in it. */
const FIRST_KEY = /^[\s-]*(["']?)([\w.-]+)\1\s*:(?=\s|$)/;

/** The line around an offset, which is counted in UTF-16 code units. */
interface Line {
  text: string;
  /** Where it begins and ends in the text. */
  start: number;
  end: number;
}

/**
 * The line at an offset of a text as far as it may be shown; nothing if the place itself may not be.
 * `doc` is what the text says, without what `--set` and the environment have made of it.
 */
export function visibleLine(
  doc: Document.Parsed,
  { text, offset }: { text: string; offset: number },
): string | undefined {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const [whole = ""] = text.slice(start).split(/\r?\n/, 1);
  const line = { text, start, end: start + whole.length };
  const end = Math.max(start, doc.errors.length ? guessHarmless(line) : findHarmless(doc, line));
  let shown = text.slice(start, end).replace(COMMENT, "").trimEnd();
  const [key = ""] = FIRST_KEY.exec(shown) ?? [];
  const isCut = end < line.end || SUSPICIOUS.test(shown.slice(key.length));
  if (SUSPICIOUS.test(shown.slice(key.length))) shown = key;
  if (!shown || offset - start > shown.length) return undefined;
  if (!isCut) return shown;
  return shown.endsWith(":") ? `${shown} …` : `${shown}…`;
}

/** Up to where the line of a document that could be parsed has nothing that may be secret. */
function findHarmless({ contents }: Document.Parsed, line: Line): number {
  if (!isMap(contents) || ANCHOR.test(line.text)) return line.start;
  return Math.min(line.end, ...contents.items.map((pair) => harmlessEnd(pair, [], line)));
}

/** Up to where a pair may be shown: behind its key, if its value may not be. */
function harmlessEnd(pair: Pair, parents: string[], line: Line): number {
  const { key, value } = pair;
  if (!isScalar(key) || !key.range) return line.start;
  const [from, keyEnd] = key.range;
  if (from > line.end || endOf(value, keyEnd) <= line.start) return Infinity;
  const name = String(key.value);
  const path = [...parents, name];
  const known = parents.length ? knownKeys(parents) : [...HARMLESS, "broker"];
  const isKnown = known.includes(name) || (known.length === 0 && parents[0] !== "broker");
  if (isKnown && !isSecret(path)) {
    const end = harmlessValueEnd(value, path, line);
    if (end !== undefined) return end;
  }
  if (from < line.start || !/^[\w.-]+$/.test(name)) return from;
  return keyEnd + (/^\s*:/.exec(line.text.slice(keyEnd, line.end))?.[0].length ?? 0);
}

/** The same for a value; `undefined` if nothing of it may be shown. */
function harmlessValueEnd(value: unknown, path: string[], line: Line): number | undefined {
  if (isMap(value)) {
    return Math.min(Infinity, ...value.items.map((pair) => harmlessEnd(pair, path, line)));
  }
  if (path[0] !== "broker") {
    if (!isSeq(value)) return Infinity;
  } else if (isScalar(value)) {
    return path.length > 1 && !MAY_HOLD_SECRET.test(String(value.value)) ? Infinity : undefined;
  }
  if (!isSeq(value) || path.length < 2) return undefined;
  const ends = value.items.map((item, at) =>
    isPair(item) ? undefined : harmlessValueEnd(item, [...path, String(at)], line)
  );
  return ends.some((end) => end === undefined)
    ? undefined
    : Math.min(Infinity, ...ends as number[]);
}

function endOf(node: unknown, fallback: number): number {
  return isNode(node) ? (node as Node).range?.[2] ?? fallback : fallback;
}

/**
 * The same for a document that could not be parsed: all of the line if, by the look of it, it stands
 * in a harmless section, has known keys only, and no secret is in the whole file that an unclosed
 * quote could have moved there. Else up to its first key, if that is known.
 */
function guessHarmless({ text, start, end }: Line): number {
  const line = text.slice(start, end);
  const sections = text.slice(0, end).match(/^[^\s#-].*$/gm) ?? [];
  const [, section = ""] = /^(\w+):/.exec(sections.at(-1) ?? "") ?? [];
  const isHarmless = HARMLESS.includes(section) && !ANCHOR.test(text) &&
    !SUSPICIOUS.test(text.replace(COMMENT, "").replace(BY_VARIABLE, ""));
  const keys = line.matchAll(KEY).map(([, , name = ""]) => name);
  if (isHarmless && keys.every(isKnownKey)) return end;
  const [key = "", , name = ""] = FIRST_KEY.exec(line) ?? [];
  return isKnownKey(name) ? start + key.length : start;
}

function isKnownKey(name: string): boolean {
  const sections = [...knownKeys([]).map((section) => [section]), ["broker", "tls"]];
  const lists = [["queue", "bindings"], ["queue", "bindings", "0"], ["message", "properties"]];
  return [[], ...sections, ...lists].some((path) => knownKeys(path).includes(name));
}
