import { type Document, isCollection, isSeq, LineCounter } from "yaml";
import type { Problem } from "./config_place.ts";
import { parseYaml } from "./config_yaml.ts";
import { escapeText } from "./terminal.ts";

/** Applies `--set key.path=value` and returns the paths that were set. */
export function applyOverrides(
  doc: Document,
  set: readonly string[],
  problems: Problem[],
): string[][] {
  const paths: string[][] = [];
  next: for (const override of set) {
    const [, key, text] = /^([^=]+)=(.*)$/s.exec(override) ?? [];
    const value = parseYaml(text ?? "", new LineCounter());
    if (key === undefined || value.errors.length || value.warnings.length) {
      problems.push({
        path: [],
        override: true,
        message: key === undefined
          ? `--set needs key.path=value, such as --set queue.name=orders`
          : `--set ${escapeText(key)}: the value is not valid YAML; quote it twice, as in --set '${
            escapeText(key)
          }="…"'`,
      });
      continue;
    }
    const path = key.split(".");
    // A parent that is no mapping (or absent) gives way: the schema says what is wrong with it.
    for (let depth = 1; depth < path.length; depth++) {
      const parent = doc.getIn(path.slice(0, depth), true);
      if (!isCollection(parent)) doc.setIn(path.slice(0, depth), doc.createNode({}));
      else if (isSeq(parent) && !isIndex(path[depth], parent.items.length)) {
        problems.push({
          path: [],
          override: true,
          message: `--set ${escapeText(key)}: ${escapeText(path.slice(0, depth).join("."))} is a ` +
            `list; write an index from 0 to ${parent.items.length}`,
        });
        continue next;
      }
    }
    doc.setIn(path, value.contents ?? doc.createNode(""));
    paths.push(path);
  }
  return paths;
}

function isIndex(text: string | undefined, length: number): boolean {
  return /^\d+$/.test(text ?? "") && Number(text) <= length;
}
