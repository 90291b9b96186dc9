/** What the mistakes are made with: files, servers and queues that are wrong. */
import { freePorts } from "../../../lib/loopback_ports.ts";
import { BROKER } from "../broker_login.ts";
import { type Certificate, hasOpenssl, makeCertificates } from "../certificates.ts";
import { withChannel } from "../queues.ts";
import { TEST_URL } from "../scripts.ts";
import { listen, say, serveTcp } from "../tcp_server.ts";
import type { Scene } from "./mistake.ts";

const FILES = {
  "orders.txt": "one\ntwo\n",
  "no-default.ts": "export const handler = () => {};\n",
  "broken.ts": "export default (\n",
};

/** Sets the scene; with the disposal of `cleanUp` all of it is gone. */
export async function setScene(cleanUp: AsyncDisposableStack): Promise<Scene> {
  const dir = await Deno.makeTempDir({ prefix: "amqp-tasks-mistakes-" });
  cleanUp.defer(() => Deno.remove(dir, { recursive: true }));
  await Deno.mkdir(`${dir}/folder`);
  for (const [name, text] of Object.entries(FILES)) {
    await Deno.writeTextFile(`${dir}/${name}`, text);
  }
  await Deno.writeFile(`${dir}/latin1.yaml`, Uint8Array.from("queue: {name: é}", toByte));
  const [closed = 0] = freePorts(1);
  const http = cleanUp.use(serveTcp(say("HTTP/1.1 400 Bad Request\r\n\r\n"))).port;
  const names = { classic: name(), exclusive: name() };
  await declare(names, cleanUp);
  const plain = { dir, broker: BROKER.host, closed, http, ...names };
  if (!await hasOpenssl()) return { ...plain, ca: "", tls: { good: 0, expired: 0, wrongHost: 0 } };
  const { ca, server, expired, wrongHost } = await makeCertificates(dir);
  const serve = async (certificate: Certificate) =>
    cleanUp.use(serveTcp(listen, { tls: await read(certificate) })).port;
  const tls = {
    good: await serve(server),
    expired: await serve(expired),
    wrongHost: await serve(wrongHost),
  };
  return { ...plain, ca: ca.cert, tls };
}

/** A name of a test's own, for a queue. */
export function name(): string {
  return `amqp-tasks.test.${crypto.randomUUID()}`;
}

async function declare(
  { classic, exclusive }: Pick<Scene, "classic" | "exclusive">,
  cleanUp: AsyncDisposableStack,
): Promise<void> {
  const declared = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  // An exclusive queue lives as long as the connection.
  const held = withChannel(TEST_URL, async (channel) => {
    await channel.queueDeclare(classic, { durable: true });
    await channel.queueDeclare(exclusive, { durable: true, exclusive: true });
    declared.resolve();
    await over.promise;
    await channel.queueDelete(classic);
  });
  cleanUp.defer(() => {
    over.resolve();
    return held;
  });
  await Promise.race([declared.promise, held]);
}

async function read({ cert, key }: Certificate): Promise<Certificate> {
  return { cert: await Deno.readTextFile(cert), key: await Deno.readTextFile(key) };
}

function toByte(character: string): number {
  return character.charCodeAt(0);
}
