import { type Document, isCollection, isScalar, isSeq, LineCounter } from "yaml";
import type { Problem } from "./config_place.ts";
import { parseYaml, syntaxProblems } from "./config_yaml.ts";
import { escapeText } from "./terminal.ts";

/** Applies `--set key.path=value` and returns the paths that were set. */
export function applyOverrides(
  doc: Document,
  set: readonly string[],
  problems: Problem[],
): string[][] {
  const paths: string[][] = [];
  for (const override of set) {
    const [, key, text = ""] = /^([^=]+)=(.*)$/s.exec(override) ?? [];
    const path = key?.split(".") ?? [];
    const message = key === undefined
      ? "--set needs key.path=value, such as --set queue.name=orders"
      : setValue(doc, path, text);
    if (message === undefined) paths.push(path);
    else problems.push({ path: [], override: true, message });
  }
  return paths;
}

/** Sets one value; returns what is wrong if it cannot be set. */
function setValue(doc: Document, path: string[], text: string): string | undefined {
  const key = escapeText(path.join("."));
  const lines = new LineCounter();
  const value = parseYaml(text, lines);
  if (syntaxProblems(value, lines).length) {
    return `--set ${key}: the value is not valid YAML; quote it twice, as in --set '${key}="…"'`;
  }
  for (const [depth, step] of path.entries()) {
    const parent = depth === 0 ? doc.contents : doc.getIn(path.slice(0, depth), true);
    if (isScalar(parent) && typeof parent.value === "string" && parent.value !== "") {
      const place = escapeText(path.slice(0, depth).join("."));
      return `--set ${key}: ${place} is text in the file, where a mapping of keys belongs`;
    }
    // What is absent, empty, or true as in `tls: true`, gives way.
    if (!isCollection(parent)) doc.setIn(path.slice(0, depth), doc.createNode({}));
    else if (isSeq(parent) && !(/^\d+$/.test(step) && Number(step) <= parent.items.length)) {
      const list = escapeText(path.slice(0, depth).join("."));
      return `--set ${key}: ${list} is a list; write an index from 0 to ${parent.items.length}`;
    }
  }
  doc.setIn(path, value.contents ?? doc.createNode(""));
  return undefined;
}
