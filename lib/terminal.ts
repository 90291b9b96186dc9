/** What a person sees: text that cannot drive a terminal, and the lines on standard error. */
import { paint } from "./screen.ts";

// Everything that is not a visible character or a plain space: controls, bidirectional overrides,
// line separators, lone surrogates, private and unassigned code points. Zero-width joiners stay:
// they build emoji, and cannot do more than that.
const INVISIBLE = /(?![\u200c\u200d])[\p{C}\p{Zl}\p{Zp}]/gu;
const INVISIBLE_QUOTE_OR_BACKSLASH = /(?![\u200c\u200d])[\p{C}\p{Zl}\p{Zp}'\\]/gu;
// Most text is ASCII with nothing to escape in it, and the classes of Unicode take five times as long.
const VISIBLE_ASCII = /^[ -~]*$/;
const VISIBLE_ASCII_BUT_QUOTE_AND_BACKSLASH = /^[ -&(-[\]-~]*$/;
const SHORT_ESCAPES: Record<string, string> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "'": "\\'",
  "\\": "\\\\",
};

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
// Throwing for each byte that is not UTF-8 would take seconds for a megabyte.
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** Replaces what a terminal would obey rather than show with a visible escape such as `\x1b`. */
export function escapeText(text: string): string {
  return VISIBLE_ASCII.test(text) ? text : text.replace(INVISIBLE, escapeCharacter);
}

/** The same for JSON, by JSON's own escapes: the text stays the same JSON. */
export function escapeJson(json: string): string {
  if (VISIBLE_ASCII.test(json)) return json;
  return json.replace(INVISIBLE, (character) => {
    const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}

/**
 * Puts a text, or bytes that are meant to be UTF-8, in single quotes on one line. No two different
 * inputs look the same (but for kinds of spaces): quotes and backslashes are escaped too, and a byte
 * that is not UTF-8 is shown as `\xff`.
 */
export function quote(value: string | Uint8Array): string {
  return `'${typeof value === "string" ? escapeQuoted(value) : escapeBytes(value)}'`;
}

/** A whole number with its thousands set apart. */
export function formatNumber(value: number): string {
  return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Puts the words of somebody else, which have apostrophes of their own, in double quotes. */
export function quoteWords(words: string): string {
  return `"${escapeText(words.replace(/["\\]/g, "\\$&"))}"`;
}

/** Decodes UTF-8; `undefined` where the bytes are not valid UTF-8. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Moves to the beginning of the line and clears it (ECMA-48: CR, EL). */
const CLEAR_LINE = "\r\x1b[K";
let liveLine = "";

/**
 * Shows a line below all others on standard error, in place of the one shown before; empty: none. It
 * must be shorter than the terminal is wide.
 */
export function showLiveLine(line: string): void {
  if (line || liveLine) write(Deno.stderr, CLEAR_LINE + paint(line, Deno.stderr));
  liveLine = line;
}

/** Writes one line to standard error. A standard error that is closed is no reason to stop. */
export function printLine(line: string): void {
  const text = `${paint(line, Deno.stderr)}\n`;
  write(Deno.stderr, liveLine ? CLEAR_LINE + text + paint(liveLine, Deno.stderr) : text);
}

/** Writes text to standard output that nothing depends on: help, or what has been sent. */
export function printText(text: string): void {
  write(Deno.stdout, paint(text, Deno.stdout));
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let sent = 0; sent < bytes.length;) sent += stream.writeSync(bytes.subarray(sent));
  } catch {
    // Nobody reads it.
  }
}

function escapeQuoted(text: string): string {
  if (VISIBLE_ASCII_BUT_QUOTE_AND_BACKSLASH.test(text)) return text;
  return text.replace(INVISIBLE_QUOTE_OR_BACKSLASH, escapeCharacter);
}

function escapeBytes(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text !== undefined) return escapeQuoted(text);
  let escaped = "";
  for (let at = 0; at < bytes.length;) {
    const start = at;
    for (let length; (length = sequenceLength(bytes, at)) > 0;) at += length;
    escaped += escapeQuoted(lenient.decode(bytes.subarray(start, at)));
    if (at < bytes.length) escaped += hexByte(bytes[at++] ?? 0);
  }
  return escaped;
}

/** How many bytes the UTF-8 sequence has that begins here (RFC 3629, section 4); 0: it is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const [first = 0xff, second = 0] = bytes.subarray(at, at + 2);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let next = at + 2; next < at + length; next++) {
    if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  // \x.. stands for ASCII controls and for bytes that are not UTF-8; \u{..} for everything else.
  return SHORT_ESCAPES[character] ?? (code < 0x80 ? hexByte(code) : `\\u{${code.toString(16)}}`);
}

function hexByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}
