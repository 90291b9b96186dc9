/**
 * Makes each mistake of tests/support/mistakes/ with the real scripts. `AMQP_WRITE_ERRORS=1` writes
 * docs/errors.md of what they print; else that page must be what they print.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { attachLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { ARGUMENTS, INPUT } from "../support/mistakes/arguments.ts";
import { CONNECTION, MESSAGES, TOPOLOGY } from "../support/mistakes/broker.ts";
import { CONFIG, FILES } from "../support/mistakes/config.ts";
import { HANDLERS, OUTPUT } from "../support/mistakes/handlers.ts";
import type { Mistake, Scene } from "../support/mistakes/mistake.ts";
import { type Made, normalise, writePage } from "../support/mistakes/page.ts";
import { name, setScene } from "../support/mistakes/scene.ts";
import { hasOpenssl } from "../support/certificates.ts";
import { NODE } from "../support/node_settings.ts";
import { testQueue } from "../support/queues.ts";
import { type Result, run, TEST_URL } from "../support/scripts.ts";

const MISTAKES = [
  ...[CONFIG, FILES, ARGUMENTS, INPUT, HANDLERS, CONNECTION, MESSAGES, TOPOLOGY, OUTPUT],
].flat();

/** What must never be seen: it is in the environment, and in some configs. */
const CANARY = "847362";
/** How many scripts run at a time. */
const AT_A_TIME = 4;
const PAGE = "docs/errors.md";
/** What the broker says differs from version to version; the page has the words of this one. */
const VERSION = "3.10.8";

const openssl = await hasOpenssl();

Deno.test("a mistake is told with its place and its cure", async (t) => {
  assert(MISTAKES.length >= 40);
  await using cleanUp = new AsyncDisposableStack();
  const scene = await setScene(cleanUp);
  const has = { openssl, node: NODE !== "", linux: Deno.build.os === "linux" };
  const can = MISTAKES.filter(({ needs }) => needs === undefined || has[needs]);
  const results = await makeAll(can, scene);
  for (const [at, mistake] of can.entries()) {
    await t.step(mistake.title, () => check(mistake, results[at]));
  }
  const skip = can.length < MISTAKES.length || await versionOf() !== VERSION;
  await t.step({
    name: `${PAGE} has what is really printed${skip ? " (skipped: another broker)" : ""}`,
    ignore: skip,
    fn: async () => {
      const page = writePage(results.flatMap((made) => "made" in made ? made.made : []));
      if (Deno.env.get("AMQP_WRITE_ERRORS")) await Deno.writeTextFile(PAGE, page);
      assertEquals(await Deno.readTextFile(PAGE), page, "AMQP_WRITE_ERRORS=1 writes it anew");
    },
  });
});

type Outcome = { result: Result; made: Made } | { failure: unknown };

/** Makes all mistakes, some at a time. */
async function makeAll(mistakes: Mistake[], scene: Scene): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const left = mistakes.entries();
  const worker = async () => {
    for (const [at, mistake] of left) {
      outcomes[at] = await make(mistake, scene).catch((failure) => ({ failure }));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return outcomes;
}

async function make(mistake: Mistake, scene: Scene): Promise<Outcome> {
  const { task = "send", code, config, stdin, shell, before } = mistake;
  const given = mistake.args?.(scene) ?? [];
  const { connects = code > 3 } = mistake;
  await using queue = testQueue(TEST_URL, name());
  if (before !== undefined) await queue.fill([before]);
  const dir = await Deno.makeTempDir({ dir: scene.dir });
  // A page that names config.yaml is what a user sees, who has one.
  const own = config === undefined ? [] : ["--config", `${dir}/config.yaml`];
  if (config !== undefined) {
    await Deno.writeTextFile(`${dir}/config.yaml`, config.replace("QUEUE", queue.name));
  }
  const names = config === undefined && given[0] !== "--config" ? queue.args : [];
  const result = await run(task, [...own, ...names, ...given], {
    ...(!connects && { url: null }),
    ...(stdin !== undefined && { stdin }),
    ...(shell !== undefined && { shell }),
    env: { AMQP_PASSWORD: CANARY },
  });
  const text = (part: string) => normalise(part.replaceAll(`${dir}/`, ""), scene);
  return {
    result,
    made: { mistake, args: given.map(text), stderr: text(result.stderr) },
  };
}

function check({ code, place, cure }: Mistake, outcome: Outcome | undefined): void {
  assert(outcome && "result" in outcome, String((outcome as { failure: unknown })?.failure));
  const { stderr, ...result } = outcome.result;
  assertEquals({ code: result.code, stdout: result.stdout }, { code, stdout: "" }, stderr);
  assertMatch(stderr, /^error: /);
  const [first = ""] = stderr.split("\n");
  assertStringIncludes(first, place);
  assertStringIncludes(stderr, cure);
  assert(!/^ {4}at /m.test(stderr), stderr);
  assert(!/unexpected:|os error|NotCapable|E[A-Z]{4,}:/.test(stderr), stderr);
  assert(!stderr.includes(CANARY), stderr);
}

async function versionOf(): Promise<string> {
  return (await (await attachLocalRabbitmq(NODE)).rabbitmqctl("version")).trim();
}
