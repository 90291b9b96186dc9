/** For tests that call the library itself. */
import { type Config, parseConfig } from "../../lib/mod.ts";
import { TEST_URL } from "./scripts.ts";

/** A config for the broker under test; `yaml` is what follows `broker`. */
export function configFor(yaml: string, url = TEST_URL): Config {
  return parseConfig(`broker: {url: "\${AMQP_URL}"}\n${yaml}`, { env: () => url });
}
