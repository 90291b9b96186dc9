/** Runs `doctor`, and reads what it found. */
import { assertEquals } from "@std/assert";
import type { Finding } from "../../lib/checklist.ts";
import type { Examined } from "../../lib/doctor.ts";
import { run, type ScriptOptions } from "./scripts.ts";

/** What `doctor --format json` told. */
export interface Diagnosis {
  code: number;
  examined: Examined[];
  /** The first finding that is `failed`. */
  broken: Finding | undefined;
  /** What was found of a host by the name of a check; the first host's, if none is named. */
  find(check: string, host?: string): Finding | undefined;
}

/** Runs it; what it prints must be one JSON object that agrees with the exit code. */
export async function diagnose(args: string[], options?: ScriptOptions): Promise<Diagnosis> {
  const { code, stdout, stderr } = await run("doctor", ["--format", "json", ...args], options);
  assertEquals(stderr, "");
  const { ok, exit_code, examined } = JSON.parse(stdout) as {
    ok: boolean;
    exit_code: number;
    examined: Examined[];
  };
  assertEquals({ ok, exit_code }, { ok: code === 0, exit_code: code });
  const findings = examined.flatMap(({ findings }) => findings);
  return {
    code,
    examined,
    broken: findings.find(({ status }) => status === "failed"),
    find: (check, host) =>
      examined
        .filter(({ subject }) => host === undefined || subject === host)
        .flatMap(({ findings }) => findings)
        .find((finding) => finding.check === check),
  };
}
