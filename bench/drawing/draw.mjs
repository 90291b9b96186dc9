/** Reads charts as JSON from standard input, `{name, width, height, option}` each, and draws them. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const echarts = createRequire(import.meta.url)("echarts");
const charts = JSON.parse(readFileSync(0, "utf8"));
const drawn = charts.map(({ name, width, height, option }) => {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  // It keeps a timer otherwise, and Node would not end.
  chart.dispose();
  // Not every viewer knows this attribute, but all know a shift by a part of the text's height.
  return { name, svg: svg.replaceAll('dominant-baseline="central"', 'dy="0.35em"') };
});
process.stdout.write(JSON.stringify(drawn));
