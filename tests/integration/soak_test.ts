import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { findRabbitmq } from "../../lib/rabbitmq_install.ts";

const ignore = !await findRabbitmq().then(() => true, () => false);

// The long one is `deno task soak`; this shows that it works, on other faults than the other tests.
Deno.test({ name: "a short soak on three nodes loses nothing", ignore }, async () => {
  const size = ["--seed", "20", "--faults", "5", "--messages", "3000"];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "soak", ...size],
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    stdin: "null",
    signal: AbortSignal.timeout(600_000),
  }).output();
  const report = new TextDecoder().decode(stdout);
  assertEquals(code, 0, report + new TextDecoder().decode(stderr));
  const [row = ""] = /^\| \d.*$/m.exec(report) ?? [];
  const [sent = 0, confirmed = 0, received = 0, ...bad] = row.split(" | ").map((cell) =>
    Number(cell.replace(/\D/g, ""))
  );
  assert(sent >= 3_000 && confirmed > 0 && received >= confirmed && received <= sent, report);
  const [lost, unexpected, , underTwoIds] = bad;
  assertEquals([lost, unexpected, underTwoIds], [0, 0, 0], report);
  assertEquals(report.match(/^\| \d+ \| [\d.]+ s \| /gm)?.length, 5, report);
});
