/** Checks that are made one after the other, each of which tells what it found. */
import { AmqpTasksError } from "./errors.ts";

/** What came of one check. */
export interface Finding {
  /** What was looked at, such as `TCP`. */
  check: string;
  /** `not reached`: one before it failed. `skipped`: there is nothing to look at, or no way to. */
  status: "ok" | "failed" | "skipped" | "not reached";
  /** What was found, in a line or more; empty if it was not reached. */
  detail: string;
  /** What to do about it, if it failed. */
  cure?: string;
  /** The exit code that a script would end with, if it failed. */
  exitCode?: number;
}

/** One check. */
export interface Check {
  /** What is looked at. */
  name: string;
  /** Whether those after it make no sense if it fails. */
  isVital?: boolean;
  /** Returns what was found, or why there is nothing to find; throws an `AmqpTasksError` if it fails. */
  run(): string | Skipped | Promise<string | Skipped>;
}

/** Why a check was not made. */
export interface Skipped {
  skipped: string;
}

/**
 * Makes checks in their order, as far as it makes sense.
 *
 * @param tell Is told of each finding at once.
 * @throws What is no `AmqpTasksError`: nobody expected it.
 */
export async function goDown(
  checks: Check[],
  tell: (finding: Finding) => void,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  let isCutOff = false;
  for (const { name, isVital = false, run } of checks) {
    const finding: Finding = isCutOff ? notReached(name) : await make(name, run);
    isCutOff ||= isVital && finding.status === "failed";
    findings.push(finding);
    tell(finding);
  }
  return findings;
}

async function make(check: string, run: Check["run"]): Promise<Finding> {
  try {
    const found = await run();
    return typeof found === "string"
      ? { check, status: "ok", detail: found }
      : { check, status: "skipped", detail: found.skipped };
  } catch (error) {
    if (!(error instanceof AmqpTasksError)) throw error;
    const { message, cure, exitCode } = error;
    // Which host it is about is known.
    const detail = message.replace(/^(Cannot connect|Lost the connection) to \S+: /, "");
    return { check, status: "failed", detail, ...(cure && { cure }), exitCode };
  }
}

function notReached(check: string): Finding {
  return { check, status: "not reached", detail: "" };
}
