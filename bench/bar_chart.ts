/** Bars with a number at each. */
import { type Chart, frame, type Theme, THEMES, WIDTH } from "./chart_frame.ts";

/** What a chart with bars shows. */
export interface Bars {
  title: string;
  subtitle: string;
  bars: { label: string; value: number; text: string; isOurs: boolean }[];
}

/** One bar below the other, in the order given. */
export function barChart(name: string, theme: Theme, { title, subtitle, bars }: Bars): Chart {
  const colors = THEMES[theme];
  const option = {
    ...frame(theme, title, subtitle),
    grid: { left: 252, right: 80, top: 66, bottom: 6 },
    xAxis: { type: "value", show: false },
    yAxis: {
      type: "category",
      inverse: true,
      data: bars.map(({ label }) => label),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: colors.text, fontSize: 14 },
    },
    series: [{
      type: "bar",
      barWidth: 20,
      data: bars.map(({ value, text, isOurs }) => ({
        value,
        itemStyle: { color: isOurs ? colors.ours : colors.other, borderRadius: [0, 3, 3, 0] },
        label: {
          show: true,
          position: "right",
          formatter: text,
          color: colors.text,
          fontSize: 14,
          fontWeight: isOurs ? "bold" : "normal",
        },
      })),
    }],
  };
  return { name, width: WIDTH, height: 72 + bars.length * 32, option };
}
