/** How a payload looks in a line for people. */
import { isJsonType } from "./content_type.ts";
import { decodeUtf8, escapeJson, formatNumber, quote } from "./terminal.ts";

/** One visible character, or one escape, of what is shown. */
const TOKEN = /\\(?:u\{[0-9a-f]+\}|u[0-9a-f]{4}|x[0-9a-f]{2}|.)|./gsu;
/** A token is no longer than this, and a character no more bytes. */
const LONGEST_TOKEN = 10;
const LONGEST_CHARACTER = 4;

/** What a payload comes with. */
export interface DescribeOptions {
  /** Its content type: by it JSON is known. */
  contentType?: string | undefined;
  /** How many characters are shown, and then the size instead. Default: all. */
  most?: number | undefined;
}

/**
 * Shows a payload on one line, in quotes as {@linkcode quote} does it. A JSON object or list, if the
 * content type says that it is one, is shown as JSON, without quotes and with JSON's own escapes, so
 * that it can be read and copied.
 */
export function describePayload(
  body: Uint8Array | null,
  { contentType = "", most = Infinity }: DescribeOptions = {},
): string {
  const bytes = body ?? new Uint8Array();
  const json = isJsonType(contentType) ? decodeJson(bytes) : undefined;
  if (json !== undefined) {
    return json.length <= most ? json : cut(json, most) + sizeOf(bytes);
  }
  if (most === Infinity) return quote(bytes);
  // Nobody waits for a gigabyte to be escaped of which a screenful is shown.
  const first = quote(bytes.subarray(0, (most + 1) * LONGEST_CHARACTER));
  return first.length - 2 <= most ? first : `'${cut(first.slice(1, -1), most)}'${sizeOf(bytes)}`;
}

function sizeOf(bytes: Uint8Array): string {
  return `… (${formatNumber(bytes.length)} bytes)`;
}

/** Line ends with the spaces around them; it begins only where spaces do, or it would try each one. */
const LINE_END = /(?<! ) *[\n\r\t][\n\r\t ]*/g;

/** A JSON object or list on one line, as it is written but for line ends and what is invisible. */
function decodeJson(bytes: Uint8Array): string | undefined {
  const text = decodeUtf8(bytes);
  if (text === undefined || !/^\s*[{[]/.test(text)) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  // Line ends and tabs are never within a string of JSON, there they are escaped.
  return escapeJson(text.trim().replace(LINE_END, " "));
}

/** The first characters, at most so many, and no escape cut in two. */
function cut(text: string, most: number): string {
  let length = 0;
  for (const [token] of text.slice(0, most + LONGEST_TOKEN).matchAll(TOKEN)) {
    if (length + token.length > most) break;
    length += token.length;
  }
  return text.slice(0, length);
}
