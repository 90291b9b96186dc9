import type * as v from "valibot";
import { type Document, isMap, isScalar, type Node, type Pair, visit } from "yaml";
import type { Problem } from "./config_place.ts";
import { isSecret } from "./config_problem.ts";
import { escapeText } from "./terminal.ts";

/** Fills in `${AMQP_…}` in every text, and returns the paths of the texts that had one. */
export function fillVariables(
  doc: Document,
  env: (name: string) => string | undefined,
  problems: Problem[],
): string[] {
  const filled: string[] = [];
  visit(doc, {
    Scalar(key, node, ancestors) {
      if (key === "key" || typeof node.value !== "string" || !node.value.includes("${")) return;
      const path = pathOf(node, ancestors as Node[]);
      node.value = node.value.replace(
        /\$\$\{|\$\{(?:(AMQP_\w+)(?::-([^}]*))?\}|([^}]*)\}?)/g,
        (match, name?: string, fallback?: string, other?: string) => {
          if (match === "$${") return "${";
          const value = name === undefined ? undefined : env(name) || fallback;
          if (value === undefined) {
            problems.push({
              path,
              message: name === undefined
                ? `\${${
                  isSecret(path) ? "…" : escapeText(other ?? "")
                }} cannot be filled in: only variables whose names ` +
                  "begin with AMQP_ are read; write $${ for a plain ${"
                : `the environment variable ${name} is ${
                  env(name) === "" ? "empty" : "not set"
                }; set it, or write \${${name}:-default}`,
            });
          }
          return value ?? "";
        },
      );
      filled.push(path.join("\0"));
    },
  });
  return filled;
}

function pathOf(node: Node, ancestors: readonly (Node | Document | Pair)[]): string[] {
  const path: string[] = [];
  let child: unknown = node;
  for (const parent of ancestors.toReversed()) {
    if ("items" in parent && !isMap(parent)) {
      path.unshift(String(parent.items.indexOf(child as never)));
    } else if ("key" in parent) {
      // What --set adds has plain keys.
      path.unshift(String(isScalar(parent.key) ? parent.key.value : parent.key));
    }
    child = parent;
  }
  return path;
}

/**
 * Gives numbers and booleans that came out of a variable their type; true if any was changed. What
 * the schema wants decides, not what the text looks like: a password of digits stays text.
 */
export function coerceVariables(
  root: unknown,
  filled: string[],
  issues: readonly v.BaseIssue<unknown>[],
): boolean {
  let changed = false;
  for (const { path = [], expected } of issues) {
    const item = path.at(-1);
    const keys = path.map(({ key }) => String(key));
    if (!item || typeof item.value !== "string" || !filled.includes(keys.join("\0"))) continue;
    const value = expected?.includes("number") && /^-?\d+$/.test(item.value)
      ? Number(item.value)
      : expected?.includes("boolean") && /^(true|false)$/.test(item.value)
      ? item.value === "true"
      : undefined;
    if (value === undefined) continue;
    const parent = keys.slice(0, -1).reduce<unknown>(
      (at, key) => (at as Record<string, unknown>)[key],
      root,
    );
    (parent as Record<string, unknown>)[keys.at(-1) ?? ""] = value;
    changed = true;
  }
  return changed;
}
