/** Draws charts, by a program in Node: nothing else loads the library that it is done with. */
import { CACHE, ROOT } from "./folders.ts";
import type { Chart } from "./chart_frame.ts";
import { format } from "./format.ts";
import { provideNpm } from "./packages.ts";

/**
 * Draws charts as SVG files in a folder.
 *
 * @throws {Error} If npm, Node or the library cannot be had.
 */
export async function draw(
  charts: Chart[],
  folder: string,
  log: (line: string) => void,
): Promise<void> {
  const packages = await provideNpm(`${ROOT}bench/drawing`, `${CACHE}drawing`, log);
  const child = new Deno.Command("node", {
    args: [`${ROOT}bench/drawing/draw.mjs`],
    env: { NODE_PATH: packages },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(charts)));
  await writer.close();
  const { success, stdout } = await output;
  if (!success) throw new Error("the drawing program failed");
  const drawn = JSON.parse(new TextDecoder().decode(stdout)) as { name: string; svg: string }[];
  await Promise.all(
    drawn.map(async ({ name, svg }) =>
      await Deno.writeTextFile(`${folder}/${name}.svg`, await format(svg, "svg"))
    ),
  );
}
