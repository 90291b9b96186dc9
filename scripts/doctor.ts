import type { Finding } from "../lib/checklist.ts";
import { examine, type Examined, exitCodeOf } from "../lib/doctor.ts";
import { ConfigError } from "../lib/errors.ts";
import { escapeJson, escapeText, printText } from "../lib/terminal.ts";
import { parseArguments } from "./_arguments.ts";
import { runMain } from "./_main.ts";

const HELP = `Say what is broken on the way to a broker, and how to mend it.

Usage:
  deno task doctor [options]

Examples:
  deno task doctor                             with config.yaml
  deno task doctor --config orders.yaml
  deno task doctor --set broker.host=rabbit.example.com
  deno task doctor --format json | jq .ok

It goes from the config down to a message that makes its way through the broker,
for each host:
  ✓ in order   ✗ broken   – nothing to check, or not reached
Nothing of it remains on the broker: a queue or exchange that does not exist is
not declared, and the message goes by way of an exclusive queue. Bindings are
not looked at, because AMQP has no way to.

Options:
  --config FILE    the config (default: config.yaml)
  --set KEY=VALUE  override one key of it; repeatable
  --format FORMAT  text (default), or json: one object, with all that was found
  -h, --help       print this

Exit codes, which are those of the first thing that is broken:
  0    nothing is
  1    failed unexpectedly
  2    bad config or arguments
  3    no broker: unreachable, login refused, TLS
  4    the broker takes no messages, or does not confirm them
  5    the queue or exchange differs, or a permission is missing
  130  forced by a second CTRL+C
`;

const MARKS: Record<Finding["status"], string> = {
  ok: "✓",
  failed: "✗",
  skipped: "–",
  "not reached": "–",
};
/** Where a further line of an error begins, which stands below "error: ". */
const FURTHER_LINE = /\n {0,7}/;
/** Width of the names of checks. */
const WIDTH = 12;

await runMain(async (args, signal) => {
  const { values, words } = parseArguments(args, {
    config: { type: "string", default: "config.yaml" },
    set: { type: "string", multiple: true },
    format: { type: "string", default: "text" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help) {
    printText(HELP);
    return 0;
  }
  const { format } = values;
  if (words.length) {
    throw new ConfigError(`doctor takes no words, but has "${escapeText(words.join(" "))}"`);
  }
  if (format !== "text" && format !== "json") {
    throw new ConfigError(`--format "${escapeText(format)}" is neither text nor json`);
  }
  let last = "";
  const examined = await examine(values.config, {
    set: values.set,
    signal,
    tell(subject, finding) {
      if (format === "json") return;
      if (subject !== last) printText(`${escapeText(subject)}\n`);
      last = subject;
      printText(show(finding));
    },
  });
  const exitCode = exitCodeOf(examined);
  if (format === "json") {
    const report = { ok: exitCode === 0, exit_code: exitCode, examined: examined.map(toJson) };
    const lines = JSON.stringify(report, null, 2).split("\n");
    printText(`${lines.map(escapeJson).join("\n")}\n`);
  } else printText(summarise(examined.flatMap(({ findings }) => findings)));
  return exitCode;
});

/** With names as in the config. */
function toJson({ subject, findings }: Examined) {
  return {
    subject,
    findings: findings.map(({ exitCode, ...finding }) => ({
      ...finding,
      ...(exitCode !== undefined && { exit_code: exitCode }),
    })),
  };
}

/** One line, and below it the cure. */
function show({ check, status, detail, cure = "" }: Finding): string {
  const indent = " ".repeat(WIDTH + 5);
  const text = status === "not reached" ? status : detail;
  const lines = [
    ...text.split(FURTHER_LINE),
    ...(cure && `→ ${cure}`.split("\n")),
  ];
  return `  ${MARKS[status]} ${check.padEnd(WIDTH)} ${lines.join(`\n${indent}`)}\n`;
}

function summarise(findings: Finding[]): string {
  const count = (status: Finding["status"]) =>
    findings.filter((finding) => finding.status === status).length;
  const failed = count("failed");
  if (failed === 0) return "Nothing is broken\n";
  const rest = count("not reached");
  return `${failed} broken${rest ? `, ${rest} not reached because of it` : ""}\n`;
}
