/** What `doctor` looks at first: the config, before anything is sent anywhere. */
import { type Check, type Finding, goDown } from "./checklist.ts";
import { type ConfigStep, loadConfig } from "./config.ts";
import type { Config } from "./config_schema.ts";

/** Hosting services hand a broker's address out under this name. */
const USUAL_NAME = "AMQP_URL";

/** Reads a config and tells of each step; `config` is there if nothing is wrong. */
export async function examineConfig(
  path: string,
  set: readonly string[] | undefined,
  tell: (finding: Finding) => void,
): Promise<{ findings: Finding[]; config?: Config }> {
  const passed = new Set<ConfigStep>();
  const variables = new Map<string, boolean>();
  const env = (name: string) => {
    const value = Deno.env.get(name);
    variables.set(name, Boolean(value));
    return value;
  };
  let config: Config | undefined;
  let failure: unknown;
  try {
    config = await loadConfig(path, { set, env, passed: (step) => passed.add(step) });
  } catch (error) {
    failure = error;
  }
  const check = (name: string, step: ConfigStep, found: () => string): Check => ({
    name,
    isVital: true,
    run() {
      if (!passed.has(step)) throw failure;
      return found();
    },
  });
  const findings = await goDown([
    check("file", "file", () => "can be read"),
    check("YAML", "syntax", () => "is valid"),
    ...(set?.length ? [check("--set", "overrides", () => `${set.length} in use`)] : []),
    check("variables", "variables", () => describeVariables(variables)),
    check("keys", "keys", () => "are known, and their values fit"),
  ], tell);
  return { findings, ...(config && { config }) };
}

/** Their names only: a value may be a secret. */
function describeVariables(variables: Map<string, boolean>): string {
  const said = [...variables].map(([name, isSet]) =>
    isSet ? `${name} is set` : `${name} is not set, so its default is used`
  );
  if (!variables.has(USUAL_NAME) && Deno.env.get(USUAL_NAME)) {
    said.push(`${USUAL_NAME} is set, but not used (write broker: {url: \${${USUAL_NAME}}})`);
  }
  return said.join("; ") || "none are used";
}
