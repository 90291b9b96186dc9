/**
 * `deno task test [--unit] [FILE…] [options of deno test]`: the unit tests, which have no network
 * permission, and then the integration tests, against a RabbitMQ of their own.
 *
 * The integration tests find what they need in the environment:
 *
 * | variable | meaning |
 * |---|---|
 * | AMQP_TEST_URL | the broker; when it is set already, no other broker is started |
 * | AMQP_TEST_NODE | directory of the private node; unset: the node cannot be controlled |
 * | AMQP_TEST_PYTHON | a Python that has pika; unset: there is none |
 * | AMQP_TEST_FAKETIME | the library libfaketime; unset: there is none |
 *
 * The last line on stdout is `N passed, N failed`, with `, N skipped` where there are any.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { join, relative, resolve } from "node:path";
import { AmqpTasksError, ExitCode } from "../lib/errors.ts";
import { startLocalRabbitmq } from "../lib/local_rabbitmq.ts";
import { printLine } from "../lib/terminal.ts";
import { type Counts, countTests } from "../tests/support/count_tests.ts";
import { assertFlags } from "../tests/support/assert_flags.ts";
import { FAKETIME } from "../tests/support/fake_clock.ts";
import { SECRET } from "../tests/support/secret.ts";
import { provideOptional } from "../tests/support/optional_package.ts";
import { PIKA } from "../tests/support/pika.ts";
import { runMain } from "./_main.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** How long interrupted tests may take to end before they are killed, in milliseconds. */
const GRACE = 5000;

interface Suite {
  name: "unit" | "integration";
  options: string[];
  needsBroker: boolean;
}

const SUITES: Suite[] = [
  {
    name: "unit",
    options: ["--parallel", "--allow-read", "--allow-env=AMQP_*,LOG_TOKENS,LOG_STREAM"],
    needsBroker: false,
  },
  { name: "integration", options: ["--allow-all"], needsBroker: true },
];

await runMain(async (args, signal) => {
  const suites = args.includes("--unit") ? SUITES.filter((suite) => !suite.needsBroker) : SUITES;
  const { paths, options } = await parse(args.filter((arg) => arg !== "--unit"));
  const flags = [...await assertFlags(), ...options];
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of suites) {
    const files = await select(suite, paths);
    if (!files.length) continue;
    const { passed, failed, skipped } = await run(suite, [...flags, ...files], signal);
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
    if (signal.aborted) return ExitCode.Forced;
  }
  const skipped = total.skipped ? `, ${total.skipped} skipped` : "";
  const line = `${total.passed} passed, ${total.failed} failed${skipped}\n`;
  await Deno.stdout.write(new TextEncoder().encode(line));
  return total.passed > 0 && total.failed === 0 ? ExitCode.Ok : ExitCode.Unexpected;
});

/** Tells files and folders from what is passed on to `deno test`. */
async function parse(args: string[]): Promise<{ paths: string[]; options: string[] }> {
  const paths: string[] = [];
  const options: string[] = [];
  for (const arg of args) {
    // `deno task` runs in the project's folder, and tells where it was called.
    const path = resolve(Deno.env.get("INIT_CWD") ?? "", arg);
    const isPath = !arg.startsWith("-") && await Deno.stat(path).then(() => true, () => false);
    if (isPath) paths.push(path);
    else options.push(arg);
  }
  return { paths, options };
}

/** The test files of a suite, or those of them that are or lie in one of the paths. */
async function select({ name }: Suite, paths: string[]): Promise<string[]> {
  const files = await testFiles(join(root, "tests", name));
  const isWithin = (file: string) => paths.some((path) => !relative(path, file).startsWith(".."));
  return paths.length ? files.filter(isWithin) : files;
}

async function testFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      if (isDirectory) files.push(...await testFiles(path));
      else if (/^(.*[._])?test\.ts$/.test(name)) files.push(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files.sort();
}

/** Runs one suite. One that cannot run, for want of a broker say, counts as one failure. */
async function run(suite: Suite, args: string[], signal: AbortSignal): Promise<Counts> {
  const junit = join(root, ".cache", `junit-${suite.name}.xml`);
  await Deno.remove(junit).catch(() => {});
  const testArgs = [
    "test",
    "--no-prompt",
    "--sanitize-ops",
    "--sanitize-resources",
    `--junit-path=${junit}`,
    ...suite.options,
    ...args,
  ];
  try {
    await using resources = new AsyncDisposableStack();
    const env = suite.needsBroker ? await provide(resources, signal) : {};
    const success = await runDeno(testArgs, env, signal);
    const counts = countTests(await Deno.readTextFile(junit).catch(() => ""));
    // A file that does not compile, or that throws outside a test, is not in the report.
    if (!success && !counts.failed) counts.failed = 1;
    return counts;
  } catch (error) {
    if (!signal.aborted) {
      printLine(`error: the ${suite.name} tests could not run: ${message(error)}`);
      if (error instanceof AmqpTasksError && error.cure) printLine(error.cure);
    }
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** Makes sure of all that the tests need; returns the environment that says where it is. */
async function provide(
  resources: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  const python = await provideOptional(PIKA, printLine);
  if (python !== undefined) env.AMQP_TEST_PYTHON = python;
  const faketime = await provideOptional(FAKETIME, printLine);
  if (faketime !== undefined) env.AMQP_TEST_FAKETIME = faketime;
  if (Deno.env.get("AMQP_TEST_URL")) {
    printLine("AMQP_TEST_URL is set: the tests that need control over the node are skipped");
    return env;
  }
  const dir = await Deno.makeTempDir({ prefix: "amqp-tasks-test-" });
  resources.defer(() => Deno.remove(dir, { recursive: true }));
  const node = resources.use(await startLocalRabbitmq({ dir, log: printLine, signal }));
  // So that every script that a test runs is watched for it: see tests/support/secret.ts.
  await node.rabbitmqctl("change_password", "guest", SECRET);
  const url = node.url.replace("guest:guest@", `guest:${encodeURIComponent(SECRET)}@`);
  return { ...env, AMQP_TEST_URL: url, AMQP_TEST_NODE: node.dir };
}

/**
 * Runs Deno in a process group of its own, so that whatever the tests have started ends with them:
 * by SIGINT when `signal` is aborted, by SIGKILL when `GRACE` has passed or Deno has ended.
 */
async function runDeno(
  args: string[],
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted();
  const command = { args, env, cwd: root, stdin: "null", detached: true } as const;
  const child = new Deno.Command(Deno.execPath(), command).spawn();
  const end = (by: Deno.Signal) => {
    try {
      Deno.kill(-child.pid, by);
    } catch {
      // Nothing of it is left.
    }
  };
  const kill = () => end("SIGKILL");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const interrupt = () => {
    end("SIGINT");
    timer = setTimeout(kill, GRACE);
  };
  signal.addEventListener("abort", interrupt);
  globalThis.addEventListener("unload", kill);
  const { success } = await child.status;
  kill();
  clearTimeout(timer);
  signal.removeEventListener("abort", interrupt);
  globalThis.removeEventListener("unload", kill);
  return success;
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
