import { assert } from "@std/assert";
import { parseConfig } from "../../lib/config.ts";
import { documents, readFences } from "../support/docs_commands.ts";

Deno.test("every config in the documents is right", () => {
  let count = 0;
  for (const file of documents()) {
    for (const { line, lines } of readFences(file, "yaml")) {
      const text = lines.join("\n");
      if (!/^(broker|exchange|queue|message|receive):/m.test(text)) continue;
      try {
        parseConfig(text, { path: file, env: () => "amqps://localhost" });
      } catch (error) {
        throw new Error(`${file}:${line} is not right`, { cause: error });
      }
      count++;
    }
  }
  assert(count > 5, `there are only ${count}`);
});
