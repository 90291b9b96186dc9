/** Rate and memory over the number of messages. */
import { type Chart, frame, type Theme, THEMES, WIDTH } from "./chart_frame.ts";
import type { Summary } from "./results.ts";
import { integer } from "./tables.ts";

/** Two panels over the number of messages: the rate above, the memory below. */
export function growthChart(summaries: Summary[], theme: Theme): Chart | undefined {
  const found = summaries.filter(({ scenario }) => scenario === "growth");
  if (!found.length) return undefined;
  const colors = THEMES[theme];
  const counts = [...new Set(found.map(({ count }) => count))];
  const panels = [
    { name: "messages a second", value: ({ rate }: Summary) => Math.round(rate), top: 92 },
    { name: "MB at most", value: ({ rss }: Summary) => Math.round(rss / 1_000_000), top: 264 },
  ];
  const tasks = [["send", colors.ours, "circle"], ["receive", colors.second, "rect"]] as const;
  const option = {
    ...frame(
      theme,
      `From ${integer(Math.min(...counts))} messages to ${
        integer(Math.max(...counts))
      }: rate, memory`,
      "A run of few messages is mostly the start of the program",
    ),
    legend: { right: 0, top: 4, textStyle: { color: colors.text, fontSize: 13 } },
    grid: panels.map(({ top }) => ({ left: 70, right: 24, top, height: 118 })),
    xAxis: panels.map((_, gridIndex) => ({
      gridIndex,
      type: "category",
      data: counts.map(integer),
      axisLine: { lineStyle: { color: colors.grid } },
      axisTick: { show: false },
      axisLabel: { color: colors.faint, fontSize: 13, show: gridIndex === panels.length - 1 },
    })),
    yAxis: panels.map(({ name }, gridIndex) => ({
      gridIndex,
      name,
      nameTextStyle: { color: colors.text, align: "left", padding: [0, 0, 0, -60], fontSize: 13 },
      splitNumber: 3,
      axisLabel: { color: colors.faint, fontSize: 13 },
      splitLine: { lineStyle: { color: colors.grid } },
    })),
    series: panels.flatMap(({ value }, index) =>
      tasks.map(([action, color, symbol]) => ({
        name: action,
        type: "line",
        xAxisIndex: index,
        yAxisIndex: index,
        symbol,
        symbolSize: 8,
        color,
        lineStyle: { width: 2.5 },
        data: counts.map((count) => {
          const each = found.find((each) => each.action === action && each.count === count);
          // No number where there is none to draw.
          return each ? value(each) : null;
        }),
      }))
    ),
  };
  return { name: `bench-growth-${theme}`, width: WIDTH, height: 420, option };
}
