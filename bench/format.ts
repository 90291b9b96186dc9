/** Formats what is generated, so that the gate, which checks every file, is content with it. */
import { ROOT } from "./folders.ts";

/** Formats a text as `deno fmt` does in this project. */
export async function format(text: string, extension: "md" | "svg"): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", extension, "-"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await output;
  if (!success) throw new Error(`Cannot format what was generated as ${extension}`);
  return new TextDecoder().decode(stdout);
}
