/**
 * `; did you mean "…"?` if one of `known` is close to `word`, or begins it, else nothing. Case
 * is ignored.
 */
export function didYouMean(word: string, known: readonly string[]): string {
  const [best] = known.map((name) => ({ name, edits: countEdits(word, name) }))
    .sort((a, b) => a.edits - b.edits);
  const isClose = best && best.edits <= Math.max(1, Math.ceil(best.name.length / 3));
  const meant = isClose ? best.name : known.find((name) => word.startsWith(name));
  return meant === undefined ? "" : `; did you mean "${meant}"?`;
}

/** How many characters to insert, delete, replace or swap with the next (Damerau–Levenshtein). */
function countEdits(from: string, to: string): number {
  const a = from.toLowerCase();
  const b = to.toLowerCase();
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
        ? at(beforeLast, j - 2) + 1
        : Infinity;
      row.push(Math.min(replaced, swapped, at(last, j) + 1, at(row, j - 1) + 1));
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: number[], index: number): number {
  return row[index] ?? Infinity;
}
