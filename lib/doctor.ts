import type { Finding } from "./checklist.ts";
import { goDown } from "./checklist.ts";
import type { Config } from "./config_schema.ts";
import { examineConfig } from "./doctor_config.ts";
import { networkChecks } from "./doctor_network.ts";
import { sessionChecks } from "./doctor_session.ts";
import { topologyChecks } from "./doctor_topology.ts";
import { Visit } from "./doctor_visit.ts";
import { endpointsOf } from "./endpoint.ts";
import { ExitCode } from "./errors.ts";

/** What was looked at from top to bottom: the config file, or a host. */
export interface Examined {
  /** The file's name, or `host:port`. */
  subject: string;
  findings: Finding[];
}

/** How an examination is made. */
export interface ExamineOptions {
  /** Overrides, as {@linkcode loadConfig} takes them. Default: none. */
  set?: readonly string[] | undefined;
  /** Gives up when aborted. */
  signal?: AbortSignal | undefined;
  /** Is told of each finding at once. Default: nobody. */
  tell?: ((subject: string, finding: Finding) => void) | undefined;
}

/**
 * Goes down the chain from a config file to a message that makes its way through the broker, for each
 * host, and finds where it is broken. Nothing that it does remains on the broker: what exists is
 * compared, what does not is left so, and the message goes by way of an exclusive queue.
 *
 * What a host is asked for may take `broker.connect_timeout` each time.
 *
 * @throws The reason of `signal` if it is aborted.
 */
export async function examine(
  path: string,
  { set, signal, tell }: ExamineOptions = {},
): Promise<Examined[]> {
  const about = (subject: string) => (finding: Finding) => tell?.(subject, finding);
  const { findings, config } = await examineConfig(path, set, about(path));
  const examined = [{ subject: path, findings }];
  for (const endpoint of config ? endpointsOf(config.broker) : []) {
    const subject = String(endpoint);
    await using visit = new Visit(config as Config, endpoint, signal);
    const checks = [...networkChecks(visit), ...sessionChecks(visit), ...topologyChecks(visit)];
    examined.push({ subject, findings: await goDown(checks, about(subject)) });
  }
  return examined;
}

/** The exit code for an examination: that of the first check that failed. */
export function exitCodeOf(examined: Examined[]): number {
  const findings = examined.flatMap(({ findings }) => findings);
  return findings.find(({ exitCode }) => exitCode !== undefined)?.exitCode ?? ExitCode.Ok;
}
