import { resolve } from "node:path";
import { bench } from "../bench/bench.ts";
import { CACHE, ROOT } from "../bench/folders.ts";
import { FULL, QUICK, scale, type Scenario, SCENARIOS } from "../bench/plan.ts";
import { publishReport } from "../bench/publish_report.ts";
import { merge, readResults, type Results } from "../bench/results.ts";
import { ConfigError, ExitCode } from "../lib/errors.ts";
import { escapeText, printLine, printText } from "../lib/terminal.ts";
import { parseArguments } from "./_arguments.ts";
import { runMain } from "./_main.ts";

const HELP = `Measure send and receive beside other clients, on a RabbitMQ of its own.

Usage:
  deno task bench [options]

Examples:
  deno task bench                  all of it, in 25 minutes at most; writes
                                   docs/benchmarks.md and its charts
  deno task bench --quick          a look, in 3 minutes at most; writes into
                                   .cache/bench/quick and changes no document
  deno task bench --only send,receive
                                   these scenarios; the last results of the
                                   others stay

Options:
  --only NAMES    some of send, receive, start, growth, sweep, ceiling
                  (default: all)
  --quick         few messages, few rounds
  --messages N    a fast client sends N, and others in proportion; as --quick,
                  it changes no document
  --rounds N      so many rounds of everything; as --quick
  --report        measure nothing; write the report from the last results
  --out FOLDER    write everything there
  -h, --help      print this

The tables go to standard output.

Exit codes:
  0    done
  1    a run failed
  2    bad arguments
  3    no RabbitMQ, or it does not start
  130  stopped by CTRL+C
`;

await runMain(async (args, signal) => {
  const { values, words } = parseArguments(args, {
    only: { type: "string", default: SCENARIOS.join(",") },
    quick: { type: "boolean" },
    messages: { type: "string" },
    rounds: { type: "string" },
    report: { type: "boolean" },
    out: { type: "string" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help) {
    printText(HELP);
    return ExitCode.Ok;
  }
  if (words.length) throw new ConfigError("bench takes no words");
  const log = (line: string) => printLine(` [*] ${line}`);
  const messages = readNumber("messages", values.messages);
  const rounds = readNumber("rounds", values.rounds);
  const scenarios = readScenarios(values.only);
  const isQuick = values.quick === true || messages !== undefined || rounds !== undefined;
  const out = values.out === undefined ? undefined : resolve(ROOT, values.out);
  const data = out ?? (isQuick ? `${CACHE}quick` : CACHE);
  const docs = out ?? (isQuick ? `${CACHE}quick` : `${ROOT}docs`);
  const file = resolve(data, "results.json");

  const old = await readResults(file);
  if (values.report) {
    if (!old) throw new ConfigError(`There are no results in ${data}`);
    printText(await publishReport(old, docs, log));
    return ExitCode.Ok;
  }
  const plan = scale(values.quick ? QUICK : FULL, { messages, rounds });
  const fresh = await untilStopped(bench({ plan, scenarios, isQuick, signal, log }), signal);
  if (!fresh) {
    log("Stopped: nothing was written");
    return ExitCode.Forced;
  }
  const results = merge(old, fresh);
  await Deno.mkdir(data, { recursive: true });
  await Deno.writeTextFile(file, JSON.stringify(results, undefined, 2) + "\n");
  printText(await publishReport(results, docs, log));
  log(`The report is ${resolve(docs, "benchmarks.md")}`);
  const hasFailed = fresh.runs.some(({ trouble }) => trouble !== undefined);
  return hasFailed ? ExitCode.Unexpected : ExitCode.Ok;
});

/** What comes of it; `undefined` if it was stopped. */
async function untilStopped(
  measuring: Promise<Results>,
  signal: AbortSignal,
): Promise<Results | undefined> {
  try {
    return await measuring;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

function readScenarios(text: string): Scenario[] {
  const names = text.split(",");
  const unknown = names.find((name) => !SCENARIOS.some((known) => known === name));
  if (unknown === undefined) return SCENARIOS.filter((name) => names.includes(name));
  throw new ConfigError(`--only "${escapeText(unknown)}" is none of ${SCENARIOS.join(", ")}`);
}

function readNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new ConfigError(`--${option} "${escapeText(text)}" is not a whole number from 1 on`);
}
