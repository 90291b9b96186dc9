import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { Results } from "../../bench/results.ts";
import { findRabbitmq } from "../../lib/rabbitmq_install.ts";

const ignore = !await findRabbitmq().then(() => true, () => false);

const CLIENTS = ["amqp-tasks", "amqplib", "rabbitmq-client", "amqp-tools", "pika"];

// The long one is `deno task bench`; this shows that it works, with too few messages to say anything.
Deno.test({ name: "a tiny bench reports every client", ignore }, async () => {
  const dir = await Deno.makeTempDir({ prefix: "amqp-tasks-bench-test-" });
  try {
    const size = ["--only", "send", "--quick", "--messages", "300", "--rounds", "1"];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "bench", ...size, "--out", dir],
      cwd: fileURLToPath(new URL("../../", import.meta.url)),
      stdin: "null",
      signal: AbortSignal.timeout(600_000),
    }).output();
    const tables = new TextDecoder().decode(stdout);
    const output = tables + new TextDecoder().decode(stderr);
    assertEquals(code, 0, output);

    const report = await Deno.readTextFile(`${dir}/benchmarks.md`);
    const results: Results = JSON.parse(await Deno.readTextFile(`${dir}/results.json`));
    const missing = results.missing.map(({ client }) => client);
    const measured = CLIENTS.filter((client) => !missing.includes(client));
    assert(measured.includes("amqp-tasks"), output);
    assertEquals(results.runs.map(({ client }) => client), measured, output);
    // What cannot be had on this machine is said to be missing; everything else has its row.
    for (const client of missing) assertStringIncludes(report, `- ${client} is missing: `);
    for (const client of measured) {
      const row = new RegExp(`^\\| quorum, 16 B \\| ${client} +\\| [\\d,]+ +\\| [\\d,]+ +\\|`, "m");
      assert(row.test(report), report);
      assert(row.test(tables), tables);
    }
    for (const theme of measured.includes("amqplib") ? ["light", "dark"] : []) {
      assertStringIncludes(await Deno.readTextFile(`${dir}/bench-send-${theme}.svg`), "<svg");
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
