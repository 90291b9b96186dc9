/** The environment of the programs that tests start. */

/** What says whether output has colour. */
const COLOUR = ["NO_COLOR", "FORCE_COLOR"];

/**
 * What of the options of a `Deno.Command` gives it our environment, but for what is somebody's taste:
 * its output has no colour, whatever our own has, unless `env` says so.
 */
export function plainly(
  env: Record<string, string> = {},
): { clearEnv: true; env: Record<string, string> } {
  const ours = Object.entries(Deno.env.toObject()).filter(([name]) => !COLOUR.includes(name));
  return { clearEnv: true, env: { ...Object.fromEntries(ours), NO_COLOR: "1", ...env } };
}
