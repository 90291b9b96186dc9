/** The line of a config that is wrong, with a caret under the place, for a terminal. */
import { escapeText } from "./terminal.ts";

/** How wide the line may be: 80 columns, without what stands before it. */
const WIDTH = 80 - "error: ".length - 2;
/** What a tab looks like, so that the caret stands right, and that it is no space can be seen. */
const TAB = "→";
const CUT = "…";

const COMBINING = /^[\p{M}\u200c\u200d]/u;
/** East Asian wide characters and emoji, which take two columns of a terminal. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}/u;

/** A character as it is shown. */
interface Cell {
  shown: string;
  width: number;
}

/**
 * Draws a line and a caret under one of its columns, counted from 1. What a terminal would obey is
 * escaped; a line that is too long is cut around the column.
 */
export function drawExcerpt(line: string, column: number): [line: string, caret: string] {
  const cells = Array.from(line, toCell);
  const at = Array.from(line.slice(0, column - 1)).length;
  const { from, to } = visiblePart(cells, at);
  const text = (part: Cell[]) => part.map(({ shown }) => shown).join("");
  const [left, right] = [from > 0 ? CUT : "", to < cells.length ? CUT : ""];
  return [
    `${left}${text(cells.slice(from, to))}${right}`.trimEnd(),
    " ".repeat(left.length + widthOf(cells.slice(from, at))) + "^",
  ];
}

function toCell(character: string): Cell {
  const shown = character === "\t" ? TAB : escapeText(character);
  if (COMBINING.test(shown)) return { shown, width: 0 };
  return { shown, width: WIDE.test(shown) ? 2 : shown.length };
}

/** Which characters fit, with a third of the room before the one at the caret. */
function visiblePart(cells: Cell[], at: number): { from: number; to: number } {
  if (widthOf(cells) <= WIDTH) return { from: 0, to: cells.length };
  let [from, to, width] = [at, at, 0];
  const widen = (next: Cell | undefined, most: number): boolean => {
    if (!next || width + next.width > most) return false;
    width += next.width;
    return true;
  };
  // One column for each mark of a cut.
  while (widen(cells[from - 1], WIDTH / 3 - 1)) from--;
  while (widen(cells[to], WIDTH - 2)) to++;
  if (to === cells.length - 1 && widen(cells[to], WIDTH - 1)) to++;
  if (to === cells.length) { while (widen(cells[from - 1], WIDTH - 1)) from--; }
  return { from, to };
}

function widthOf(cells: Cell[]): number {
  return cells.reduce((sum, { width }) => sum + width, 0);
}
