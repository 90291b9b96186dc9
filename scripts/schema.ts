import { toJsonSchema } from "@valibot/to-json-schema";
import { ConfigSchema } from "../lib/config_schema.ts";
import { ConfigError, ExitCode } from "../lib/errors.ts";
import { printLine, printText } from "../lib/terminal.ts";
import { parseArguments } from "./_arguments.ts";
import { forEditors, type Schema } from "./_json_schema.ts";
import { runMain } from "./_main.ts";

const HELP = `Write config.schema.json and docs/configuration.md from lib/config_schema*.ts.

Usage:
  deno task schema [options]

Options:
  --check       write nothing; fail if one of them is not up to date
  -h, --help    print this

Exit codes:
  0    done
  2    bad arguments, or with --check a file that is not up to date
`;

await runMain(async (args) => {
  const { values, words } = parseArguments(args, {
    check: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help) {
    printText(HELP);
    return ExitCode.Ok;
  }
  if (words.length) throw new ConfigError("schema takes no words");
  const schema = toJsonSchema(ConfigSchema, { typeMode: "input", errorMode: "ignore" }) as Schema;
  const files = {
    "config.schema.json": JSON.stringify(forEditors(schema), null, 2) + "\n",
    "docs/configuration.md": renderReference(schema),
  };
  for (const [file, text] of Object.entries(files)) {
    if (!values.check) await Deno.writeTextFile(file, text);
    else if (await Deno.readTextFile(file).catch(() => "") !== text) {
      throw new ConfigError(`${file} is not up to date`, { cure: "Write it: deno task schema" });
    } else printLine(`${file} is up to date`);
  }
  return ExitCode.Ok;
});

function renderReference(schema: Schema): string {
  const sections = Object.entries(schema.properties ?? {}).map(([name, section]) =>
    `## \`${name}\`\n\n${
      section.description ?? ""
    }.\n\n| key | type | default | meaning |\n|---|---|---|---|\n` +
    rowsOf(section).join("\n")
  );
  return `<!-- Made from lib/config_schema*.ts by \`deno task schema\`; edit it there. -->

# config.yaml

Every key, by section; editors that know YAML schemas (VS Code with its YAML extension, Neovim with
yaml-language-server, …) complete and explain them, by the first line of config.yaml:

\`\`\`yaml
# yaml-language-server: $schema=./config.schema.json
\`\`\`

Durations are a number and a unit: \`500ms\`, \`10s\`, \`2m\`, \`1h\`. In place of any value, or within a
text, \`\${AMQP_NAME}\` is filled in from the environment, and \`\${AMQP_NAME:-default}\` where it may be
unset.

${sections.join("\n\n")}
`;
}

function rowsOf(section: Schema, prefix = ""): string[] {
  return Object.entries(section.properties ?? {}).flatMap(([name, schema]) => {
    if (schema.not) return [];
    const key = `${prefix}${name}`;
    const isRequired = section.required?.includes(name);
    const standard = schema.default === undefined || typeof schema.default === "object"
      ? ""
      : show(schema.default);
    const { description = "", examples = [] } = schema;
    const meaning = examples.length
      ? `${description}. Such as ${examples.map(show).join(", ")}`
      : description;
    const row = `| \`${key}\` | ${typeOf(schema)} | ${isRequired ? "required" : standard} | ${
      meaning.replaceAll("|", "\\|")
    } |`;
    const inner = schema.properties ? schema : schema.anyOf?.find(({ properties }) => properties);
    return [
      row,
      ...rowsOf(inner ?? {}, `${key}.`),
      ...rowsOf(schema.items ?? {}, `${key}[].`),
    ];
  });
}

/** A value as it is written in YAML, or nearly so. */
function show(value: unknown): string {
  const text = JSON.stringify(value, null, 1).replaceAll(/\[?\n\s*\]?/g, (space) => {
    return space.startsWith("[") ? "[" : space.endsWith("]") ? "]" : " ";
  });
  const isPlain = typeof value === "string" && /^[./\w][-./\w]*$/.test(value) &&
    !/^\d+$/.test(value);
  return `\`${isPlain ? value : text.replaceAll(/"(\w+)":/g, "$1:")}\``;
}

function typeOf({ type, enum: values, const: value, anyOf, items }: Schema): string {
  if (anyOf) return [...new Set(anyOf.map(typeOf))].join(" or ");
  if (values) return values.map((one) => `\`${one}\``).join(", ");
  if (value !== undefined) return `\`${value}\``;
  if (items) return `list of ${typeOf(items)}`;
  const names: Record<string, string> = {
    object: "mapping",
    string: "text",
    integer: "whole number",
  };
  return names[String(type)] ?? String(type ?? "any");
}
