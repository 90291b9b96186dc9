/** The login of the broker under test in parts, for tests that change one of them. */
import { TEST_URL } from "./scripts.ts";

/** The broker under test. */
export const BROKER = new URL(TEST_URL);

/** Runs a script with this login, in the environment; no broker is set, see {@linkcode setBroker}. */
export const LOGIN = {
  url: null,
  env: {
    AMQP_USER: decodeURIComponent(BROKER.username),
    AMQP_PASSWORD: decodeURIComponent(BROKER.password),
  },
};

/** `--set broker=…`: user and password come from the environment, unless there is a URL. */
export function setBroker(settings: Record<string, unknown>): string[] {
  const login = settings.url ? {} : { username: "${AMQP_USER}", password: "${AMQP_PASSWORD}" };
  return ["--set", `broker=${JSON.stringify({ ...login, ...settings })}`];
}
