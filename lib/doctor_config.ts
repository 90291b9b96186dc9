/** What `doctor` looks at first: the config, before anything is sent anywhere. */
import { type Check, type Finding, goDown } from "./checklist.ts";
import { type ConfigStep, loadConfig } from "./config.ts";
import type { Config } from "./config_schema.ts";
import { readPasswordFile } from "./password_file.ts";

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
    ...(config?.broker.password_file ? [passwordCheck(config.broker.password_file)] : []),
  ], tell);
  return { findings, ...(config && { config }) };
}

function passwordCheck(file: string): Check {
  return {
    name: "password",
    isVital: true,
    run() {
      const warnings: string[] = [];
      readPasswordFile(file, (line) => warnings.push(line));
      return ["its file can be read", ...warnings].join("\n");
    },
  };
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
