/** Does what the payload says, for tests: prints it, fails, hangs, or does what it may not. */
export default function handle(
  { payload }: { payload: unknown },
  { attempt }: { attempt: number },
): Promise<void> | void {
  Deno.stdout.writeSync(new TextEncoder().encode(`handled ${payload}, attempt ${attempt}\n`));
  if (payload === "fail") throw new Error("it cannot be done");
  if (payload === "write") Deno.writeTextFileSync("never", "");
  if (payload === "hang") return new Promise(() => {});
}
