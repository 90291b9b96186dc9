/** The login of the broker under test in parts, for tests that change one of them. */
import { TEST_URL } from "./scripts.ts";

/** The broker under test. */
export const BROKER = new URL(TEST_URL);

/** Whether a link can be put before it: that leads to this machine, and finds no frames inside TLS. */
export const CAN_BE_LINKED = ["localhost", "127.0.0.1"].includes(BROKER.hostname) &&
  BROKER.protocol === "amqp:";

/** The port of it, for a link. */
export const PORT = Number(BROKER.port || 5672);

/** The broker under test by a link that listens on this port of this machine. */
export function urlBy({ port }: { port: number }): string {
  return Object.assign(new URL(TEST_URL), { host: `127.0.0.1:${port}` }).href;
}

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
