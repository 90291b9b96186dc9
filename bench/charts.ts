/** The charts, as options of Apache ECharts: one message each. */
import { barChart } from "./bar_chart.ts";
import { type Chart, type Theme, THEMES } from "./chart_frame.ts";
import { growthChart } from "./growth_chart.ts";
import { isOurs } from "./ours.ts";
import type { Summary } from "./results.ts";
import { bytes, integer, nameOf } from "./tables.ts";

/** Those that do not do what the others do are named by what they do. */
const PROGRAMS: Record<"send" | "receive", Record<string, string>> = {
  send: { "amqp-tools": "amqp-publish (no confirms)" },
  receive: { "amqp-tools": "amqp-consume (a process each)" },
};

/** All charts for which there are numbers, for light and for dark pages. */
export function chartsOf(summaries: Summary[]): Chart[] {
  const good = summaries.filter(({ runs }) => runs > 0);
  return (Object.keys(THEMES) as Theme[]).flatMap((theme) =>
    [
      bulkChart(good, "send", theme),
      bulkChart(good, "receive", theme),
      startChart(good, theme),
      growthChart(good, theme),
    ].flatMap((chart) => chart ?? [])
  );
}

function bulkChart(
  summaries: Summary[],
  scenario: "send" | "receive",
  theme: Theme,
): Chart | undefined {
  const [first] = summaries.filter((each) => each.scenario === scenario);
  if (!first) return undefined;
  const found = summaries.filter((each) =>
    each.scenario === scenario && each.queue === first.queue && each.size === first.size
  );
  const title = scenario === "send" ? "Sending, messages a second" : "Receiving, messages a second";
  const how = scenario === "send"
    ? "persistent, and confirmed by the broker"
    : "each printed to a pipe, then acknowledged";
  return barChart(`bench-${scenario}-${theme}`, theme, {
    title,
    subtitle: `${bytes(first.size)}, ${first.queue} queue, ${how}`,
    bars: found.toSorted((a, b) => b.rate - a.rate).map((each) => ({
      label: PROGRAMS[scenario][each.client] ?? each.client,
      value: each.rate,
      text: integer(each.rate),
      isOurs: isOurs(each),
    })),
  });
}

function startChart(summaries: Summary[], theme: Theme): Chart | undefined {
  const found = summaries.filter(({ scenario }) => scenario === "start");
  if (!found.length) return undefined;
  return barChart(`bench-start-${theme}`, theme, {
    title: "Sending one message, milliseconds",
    subtitle: "The whole program, from its start to its end; less is better",
    bars: found.toSorted((a, b) => a.seconds - b.seconds).map((each) => ({
      label: nameOf(each),
      value: each.seconds * 1_000,
      text: `${(each.seconds * 1_000).toFixed(0)} ms`,
      isOurs: isOurs(each),
    })),
  });
}
