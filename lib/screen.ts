/** What a terminal gets and a pipe or file does not: colour, and payloads that fit. */

/** Standard output, or standard error. */
interface Stream {
  isTerminal(): boolean;
}

/** How many columns and rows a terminal has if it does not say. */
const USUAL = { columns: 80, rows: 24 };
/** What a line says besides the payload, in characters: the mark, a verb, the size. */
const BESIDES = 40;

const DIM = "\x1b[2m";
const GREEN = "\x1b[32m";
const RED_AND_BOLD = "\x1b[1;31m";
const PLAIN = "\x1b[0m";
/** The marks that a line can begin with, and their colour. */
const COLOURS: Record<string, string> = {
  " [*]": DIM,
  " [x]": GREEN,
  " [.]": GREEN,
  "error:": RED_AND_BOLD,
  "  ✓": GREEN,
  "  ✗": RED_AND_BOLD,
};

/**
 * Colours the mark that a line begins with, if it goes to a terminal and `NO_COLOR` is not set, or if
 * `FORCE_COLOR` is.
 */
export function paint(line: string, stream: Stream): string {
  if (Deno.noColor || !(stream.isTerminal() || isColourForced())) return line;
  return line.replace(
    /^(?: \[[*x.]\]|error:| {2}[✓✗])/,
    (mark) => `${COLOURS[mark]}${mark}${PLAIN}`,
  );
}

function isColourForced(): boolean {
  try {
    return !["", "0", undefined].includes(Deno.env.get("FORCE_COLOR"));
  } catch {
    // Not every task may read it.
    return false;
  }
}

/**
 * How many characters of a payload a stream shows: on a terminal so many lines, by default what fits
 * on the screen; elsewhere all.
 */
export function roomFor(stream: Stream, lines = Infinity): number {
  if (!stream.isTerminal()) return Infinity;
  const { columns, rows } = screenSize();
  // A row is for the prompt below.
  return Math.max(Math.min(lines, rows - 1) * columns - BESIDES, BESIDES);
}

/** How large the terminal is. */
export function screenSize(): { columns: number; rows: number } {
  try {
    const { columns, rows } = Deno.consoleSize();
    // Some terminals do not know, and say 0.
    return { columns: columns || USUAL.columns, rows: rows || USUAL.rows };
  } catch {
    return USUAL;
  }
}
