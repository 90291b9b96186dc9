/** Writes what came of a bench: results, report and charts. */
import { chartsOf } from "./charts.ts";
import { draw } from "./draw.ts";
import { format } from "./format.ts";
import { writeReport, writeTables } from "./report.ts";
import { type Results, summarize } from "./results.ts";

/**
 * Writes the report and the charts into a folder, and returns the tables for a terminal. Charts that
 * cannot be drawn are no reason to lose the rest.
 */
export async function publishReport(
  results: Results,
  folder: string,
  log: (line: string) => void,
): Promise<string> {
  const summaries = summarize(results.runs);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/benchmarks.md`,
    await format(writeReport(results, summaries), "md"),
  );
  try {
    await draw(chartsOf(summaries), folder, log);
  } catch (error) {
    log(`Charts are not drawn: ${error instanceof Error ? error.message : String(error)}`);
  }
  return await format(writeTables(results, summaries), "md");
}
