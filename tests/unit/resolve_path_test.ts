import { assertEquals } from "@std/assert";
import { resolvePath } from "../../lib/resolve_path.ts";

const HERE = Deno.cwd();

/** A path, the file that it stands in, and what is meant. */
const PATHS: [path: string, file: string, resolved: string][] = [
  ["ca.pem", "/etc/amqp/config.yaml", "/etc/amqp/ca.pem"],
  ["./tls/ca.pem", "/etc/amqp/config.yaml", "/etc/amqp/tls/ca.pem"],
  ["../ca.pem", "/etc/amqp/config.yaml", "/etc/ca.pem"],
  ["../../../ca.pem", "/etc/config.yaml", "/ca.pem"],
  ["/ca.pem", "config.yaml", "/ca.pem"],
  ["ca.pem", "config.yaml", `${HERE}/ca.pem`],
  ["./work.sh", "examples/config.yaml", `${HERE}/examples/work.sh`],
  ["a b/%20?#.pem", "/etc/config.yaml", "/etc/a b/%20?#.pem"],
  ["", "/etc/config.yaml", "/etc/"],
];

for (const [path, file, resolved] of PATHS) {
  Deno.test(`resolvePath() finds "${path}" of ${file}`, () => {
    assertEquals(resolvePath(path, file), resolved);
  });
}
