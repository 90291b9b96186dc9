import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import denoJson from "../../deno.json" with { type: "json" };
import { plainly } from "../support/environment.ts";
import { testQueue } from "../support/queues.ts";
import { TEST_URL } from "../support/scripts.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const PRELOADED = "tests/support/forbid_slow_loads.ts";

Deno.test("send and receive of a few messages load nothing that takes long to load", async () => {
  await using queue = testQueue();
  /** Runs a task's command with something run before it. */
  const run = async (task: "send" | "receive", ...args: string[]) => {
    const [, ...command] = denoJson.tasks[task].command.split(" ");
    const script = command.pop() ?? "";
    const flags = [...command, "--no-lock", `--preload=${PRELOADED}`];
    const broker = ["--set", 'broker={url: "${AMQP_URL}"}', ...queue.args];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...flags, script, ...broker, ...args],
      cwd: root,
      ...plainly({ AMQP_URL: TEST_URL }),
      stdin: "null",
    }).output();
    return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  };
  assertEquals(await run("send", "Hello"), [" [x] Sent 'Hello'\n", ""]);
  assertEquals(await run("receive", "--quiet", "--count", "1"), [" [x] Received 'Hello'\n", ""]);
});

Deno.test("what send loads at once imports nothing from Node", async () => {
  const seen = new Set<string>();
  const follow = async (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = await Deno.readTextFile(`${root}dist/${file}`);
    for (
      const [, from = ""] of text.matchAll(/^(?:import|\} from|export .* from)\b.*?"([^"]+)";$/gm)
    ) {
      assertEquals(from.startsWith("./"), true, `${file} imports ${from}`);
      await follow(from);
    }
  };
  await follow("send.js");
  assertEquals(seen.size > 1, true);
});
