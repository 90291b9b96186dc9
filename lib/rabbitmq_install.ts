import { aptInstall, canAptInstall } from "./apt_install.ts";
import { ConnectionError } from "./errors.ts";

// Debian's rabbitmq-server in /usr/sbin runs as root or rabbitmq only; the one here runs as anyone.
// Homebrew's folders are often not on PATH.
const USUAL_FOLDERS = ["/usr/lib/rabbitmq/bin", "/opt/homebrew/sbin", "/usr/local/sbin"];

// What Debian's packages enable: the broker, and Erlang's port mapper.
const SERVICES = ["rabbitmq-server.service", "epmd.service", "epmd.socket"];

/**
 * Finds the folder of RabbitMQ's programs. Given `log`, installs RabbitMQ where it is missing and
 * that can be done: as root on Debian and Ubuntu.
 *
 * @throws {ConnectionError} If RabbitMQ is not installed, or cannot be.
 */
export async function findRabbitmq(log?: (line: string) => void): Promise<string> {
  const onPath = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  for (const folder of [...USUAL_FOLDERS, ...onPath]) {
    const info = await Deno.stat(`${folder}/rabbitmq-server`).catch(() => undefined);
    if (info?.isFile) return folder;
  }
  if (log && await canAptInstall()) {
    await aptInstall(["rabbitmq-server"], { log, services: SERVICES });
    return await findRabbitmq();
  }
  throw new ConnectionError("RabbitMQ is not installed on this machine", {
    cure: "Install it: brew install rabbitmq, or sudo apt-get install rabbitmq-server\n" +
      "Or run it in a container: docker run --rm -p 127.0.0.1:5672:5672 rabbitmq:4",
    retryable: false,
  });
}
