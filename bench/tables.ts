/** The tables of the report, as Markdown. */
import { judge } from "./must_hold.ts";
import { OURS } from "./ours.ts";
import type { Scenario } from "./plan.ts";
import type { Results, Summary } from "./results.ts";

const MEGABYTE = 1_000_000;

/** A number with commas. */
export function integer(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** How fast a run was. */
export function speed({ count, seconds }: { count: number; seconds: number }): string {
  return `${integer(count / seconds)}/s (${seconds.toFixed(2)} s)`;
}

/** A size of payloads. */
export function bytes(size: number): string {
  return size < 1_024 ? `${size} B` : `${size / 1_024} KB`;
}

/** The name of a client, with how it is started if it is not as usual. */
export function nameOf({ client, setting, processes }: Summary): string {
  const name = setting === undefined ? client : `${client}, ${setting}`;
  return processes > 1 ? `${processes} × ${name}` : name;
}

/** What must hold, and whether it does. */
export function mustHoldTable(summaries: Summary[]): string {
  const rows = judge(summaries).map(({ what, required, found, holds }) => [
    what,
    found ?? "not measured",
    required,
    holds === undefined ? "–" : holds ? "yes" : "**no**",
  ]);
  return table(["what", "ratio", "required", "held"], rows);
}

/** Rates of clients, with how many times as fast ours is. */
export function bulkTable(summaries: Summary[], scenario: "send" | "receive"): string {
  const found = summaries.filter((each) => each.scenario === scenario);
  const rows = found.map((each) => {
    const ours = found.find(({ client, queue, size }) =>
      client === OURS && queue === each.queue && size === each.size
    );
    return [
      `${each.queue}, ${bytes(each.size)}`,
      each.client,
      integer(each.count),
      ...rateCells(each),
      each.runs ? ((ours?.rate ?? NaN) / each.rate).toFixed(2) : "",
    ];
  });
  const head = ["queue, size", "client", "messages", "messages/s", "from – to", "runs"];
  return table([...head, "ours is … times as fast"], rows);
}

/** How long it takes to send one message. */
export function startTable(summaries: Summary[]): string {
  const rows = summaries.filter(({ scenario }) => scenario === "start").map((each) => [
    nameOf(each),
    each.runs ? `${(each.seconds * 1_000).toFixed(0)} ms` : "failed",
    each.runs ? `${(1_000 / each.most).toFixed(0)} – ${(1_000 / each.least).toFixed(0)} ms` : "",
    String(each.runs),
  ]);
  return table(["program", "median", "from – to", "runs"], rows);
}

/** Rates and memory of ours, by the number of messages. */
export function growthTable(summaries: Summary[]): string {
  const rows = summaries.filter(({ scenario }) => scenario === "growth").map((each) => [
    each.action,
    integer(each.count),
    ...rateCells(each),
    Number.isNaN(each.rss) ? "" : `${(each.rss / MEGABYTE).toFixed(0)} MB`,
  ]);
  return table(["task", "messages", "messages/s", "from – to", "runs", "peak memory"], rows);
}

/** Rates by a setting, or by the number of processes. */
export function rateTable(summaries: Summary[], scenario: Scenario): string {
  const rows = summaries.filter((each) => each.scenario === scenario).map((each) => [
    scenario === "sweep" ? `${each.action}, ${each.setting}` : nameOf(each),
    integer(each.count),
    ...rateCells(each),
  ]);
  return table(["what", "messages", "messages/s", "from – to", "runs"], rows);
}

/** What could not be had, what was lost and what went wrong; empty if nothing. */
export function troubleList({ missing }: Results, summaries: Summary[]): string {
  return [
    ...missing.map(({ client, reason }) => `- ${client} is missing: ${reason}`),
    ...summaries.filter(({ losses }) => losses.length).map((each) =>
      `- ${whatOf(each)}: in ${each.losses.length} of ${each.runs} runs the broker did not get ` +
      `all that was sent; up to ${integer(Math.max(...each.losses))} of ${integer(each.count)} ` +
      "messages were lost, without an error. The rate is of all that was sent"
    ),
    ...summaries.flatMap((each) =>
      [...new Set(each.troubles)].map((trouble) =>
        `- ${whatOf(each)}: ${each.troubles.length} of ${
          each.runs + each.troubles.length
        } runs do ` +
        `not count: ${trouble.replaceAll("\n", " ")}`
      )
    ),
  ].join("\n");
}

/** A table. */
export function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function whatOf(each: Summary): string {
  const { scenario, action, queue, size } = each;
  const what = scenario === action ? scenario : `${scenario}, ${action}`;
  return `${what}, ${nameOf(each)}, ${queue}, ${bytes(size)}`;
}

function rateCells({ runs, rate, least, most }: Summary): string[] {
  if (runs === 0) return ["failed", "", "0"];
  return [integer(rate), `${integer(least)} – ${integer(most)}`, String(runs)];
}
