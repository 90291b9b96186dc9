/**
 * Tries what a task must not be able to do, and prints as JSON what came of each attempt: the name
 * of the error, or "allowed".
 *
 * @module
 */
const [file = "", program = ""] = Deno.args;

const attempts: Record<string, () => unknown> = {
  "read HOME": () => Deno.env.get("HOME"),
  "read the whole environment": () => Deno.env.toObject(),
  "read AMQP_PASSWORD": () => Deno.env.get("AMQP_PASSWORD"),
  "write a file": () => Deno.writeTextFileSync(file, ""),
  "run a program": () => new Deno.Command(program, { args: ["--version"] }).outputSync(),
  "call a library": () => Deno.dlopen(file, {}),
  "ask for the host name": () => Deno.hostname(),
};

const outcomes = Object.entries(attempts).map(([what, attempt]) => {
  try {
    attempt();
    return [what, "allowed"];
  } catch (error) {
    return [what, error instanceof Error ? error.name : String(error)];
  }
});
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(Object.fromEntries(outcomes))));
