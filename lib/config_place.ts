/** Where in the file, or in which override, a problem is. */
import { type Document, isCollection, isMap, isScalar, LineCounter } from "yaml";
import { drawExcerpt } from "./config_excerpt.ts";
import { visibleLine } from "./config_visible.ts";
import { parseYaml } from "./config_yaml.ts";
import { ConfigError } from "./errors.ts";
import { escapeText } from "./terminal.ts";

/** One thing that is wrong. */
export interface Problem {
  /** Keys from the root to what is wrong. */
  path: string[];
  /** Where in the text, if not where `path` says. */
  offset?: number;
  /** The message names its place itself. */
  override?: boolean;
  /** What is wrong and what would be right. */
  message: string;
}

/** What a problem's place is found with. */
export interface Place {
  doc: Document;
  lines: LineCounter;
  file: string;
  text: string;
  /** The paths that `--set` has set. */
  overridden: string[][];
}

/** More problems than this are no help. */
const MOST = 20;
/** With more problems than this, the lines that they are in would only be in the way. */
const MOST_EXCERPTS = 5;

/** Makes one error of all problems, in the order of the file. */
export function problemsError(problems: Problem[], place: Place): ConfigError {
  const placed = problems.map((problem) => ({
    ...problem,
    offset: problem.offset ?? offsetOf(problem.path, place.doc),
  }));
  placed.sort((a, b) => a.offset - b.offset);
  const written = placed.length > MOST_EXCERPTS
    ? undefined
    : parseYaml(place.text, new LineCounter());
  const indent = " ".repeat("error: ".length);
  const lines = placed.slice(0, MOST).flatMap((one) => formatProblem(one, place, written));
  if (placed.length > MOST) lines.push(`and ${placed.length - MOST} more`);
  return new ConfigError(lines.join(`\n${indent}`));
}

/**
 * `file:line:column: message` and the line with a caret under the column; or the override that the
 * problem is in.
 */
function formatProblem(
  { path, offset, override, message }: Problem & { offset: number },
  { file, text, lines, overridden }: Place,
  written: Document.Parsed | undefined,
): string[] {
  if (override) return [message];
  const set = overridden.findLast((keys) =>
    path.length > 0 && keys.every((key, at) => at >= path.length || key === path[at])
  );
  if (set) return [`--set ${escapeText(set.join("."))}: ${message}`];
  const { line, col } = lines.linePos(offset);
  const shown = written && visibleLine(written, { text, offset });
  return [
    `${escapeText(file)}:${line || 1}:${col || 1}: ${message}`,
    ...(shown === undefined ? [] : drawExcerpt(shown, col || 1).map((line) => `  ${line}`)),
  ];
}

/** Where the value at a path begins, or its key, or whatever of the path exists. */
function offsetOf(path: readonly string[], doc: Document): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth === 1 ? doc.contents : doc.getIn(path.slice(0, depth - 1), true);
    const last = path[depth - 1];
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === last);
      const key = pair?.key;
      if (isScalar(key) && key.range) return key.range[0];
    } else if (isCollection(parent)) {
      const item = parent.get(Number(last), true);
      if (isScalar(item) && item.range) return item.range[0];
    }
  }
  return 0;
}
