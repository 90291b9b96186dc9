import { toJsonSchema } from "@valibot/to-json-schema";
import { ConfigSchema } from "../lib/config_schema.ts";
import { ConfigError, ExitCode } from "../lib/errors.ts";
import { printLine, printText } from "../lib/terminal.ts";
import { parseArguments } from "./_arguments.ts";
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

/** The parts of JSON Schema that occur in ours. */
interface Schema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

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
    "config.schema.json": JSON.stringify(schema, null, 2) + "\n",
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

Every key, by section. Durations are a number and a unit: \`500ms\`, \`10s\`, \`2m\`, \`1h\`.

${sections.join("\n\n")}
`;
}

function rowsOf(section: Schema, prefix = ""): string[] {
  return Object.entries(section.properties ?? {}).flatMap(([name, schema]) => {
    // What is RabbitMQ's to describe has no text here.
    if (schema.description === undefined) return [];
    const key = `${prefix}${name}`;
    const isRequired = section.required?.includes(name);
    const standard = schema.default === undefined || typeof schema.default === "object"
      ? ""
      : `\`${JSON.stringify(schema.default)}\``;
    const row = `| \`${key}\` | ${typeOf(schema)} | ${isRequired ? "required" : standard} | ${
      escape(schema.description)
    } |`;
    const inner = schema.properties ? schema : schema.anyOf?.find(({ properties }) => properties);
    return [
      row,
      ...rowsOf(inner ?? {}, `${key}.`),
      ...rowsOf(schema.items ?? {}, `${key}[].`),
    ];
  });
}

function typeOf({ type, enum: values, const: value, anyOf, items }: Schema): string {
  if (anyOf) return [...new Set(anyOf.map(typeOf))].join(" or ");
  if (values) return values.map((one) => `\`${one}\``).join(", ");
  if (value !== undefined) return `\`${value}\``;
  if (items) return `list of ${typeOf(items)}`;
  return { object: "mapping", string: "text", integer: "whole number" }[type ?? ""] ?? type ??
    "any";
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|");
}
