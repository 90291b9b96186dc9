import { assertEquals, assertMatch } from "@std/assert";
import { startLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { freePorts } from "../../lib/loopback_ports.ts";
import { findRabbitmq } from "../../lib/rabbitmq_install.ts";
import { type Certificates, hasOpenssl, makeCertificates } from "../support/certificates.ts";
import { diagnose } from "../support/doctor.ts";
import { listen, serveTcp } from "../support/tcp_server.ts";

const ignore = !await hasOpenssl() || !await findRabbitmq().then(() => true, () => false);

/** Certificates that are not to be trusted, and what is said of each. */
const BAD: { which: keyof Certificates; trusted: boolean; detail: RegExp }[] = [
  {
    which: "expired",
    trusted: true,
    detail:
      /^its certificate has expired \(certificate for localhost, 127\.0\.0\.1, expired on \d{4}-\d\d-\d\d, \d days? ago\)$/,
  },
  {
    which: "wrongHost",
    trusted: true,
    detail:
      /^its certificate is for another host name \(certificate for elsewhere\.example, valid until /,
  },
  {
    which: "selfSigned",
    trusted: false,
    detail:
      /^its certificate is self-signed \(certificate for localhost, 127\.0\.0\.1, valid until /,
  },
  {
    which: "server",
    trusted: false,
    detail: /^its certificate is signed by an unknown CA \(certificate for localhost, /,
  },
];

Deno.test({ name: "doctor looks at TLS", ignore }, async (t) => {
  const dir = await Deno.makeTempDir({ prefix: "amqp-tasks-doctor-" });
  try {
    const certificates = await makeCertificates(dir);
    const { ca, server } = certificates;
    const examine = (host: string, tls: unknown) =>
      diagnose(["--set", `broker=${JSON.stringify({ host, tls })}`], { url: null });

    for (const { which, trusted, detail } of BAD) {
      await t.step(`and tells what is wrong with a certificate: ${which}`, async () => {
        const { cert, key } = certificates[which];
        await using stranger = serveTcp(listen, {
          tls: { cert: await Deno.readTextFile(cert), key: await Deno.readTextFile(key) },
        });
        const tls = trusted ? { ca: ca.cert } : true;
        const { code, broken } = await examine(`localhost:${stranger.port}`, tls);
        assertEquals({ code, check: broken?.check }, { code: 3, check: "TLS" });
        assertMatch(broken?.detail ?? "", detail);
      });
    }

    await t.step("and tells whose certificate a broker has, and for how long", async () => {
      const [port] = freePorts(1);
      await using _node = await startLocalRabbitmq({
        dir: `${dir}/node`,
        config: [
          `listeners.ssl.1 = 127.0.0.1:${port}`,
          `ssl_options.cacertfile = ${ca.cert}`,
          `ssl_options.certfile = ${server.cert}`,
          `ssl_options.keyfile = ${server.key}`,
        ],
      });
      const { code, find, examined } = await examine(`localhost:${port}`, { ca: ca.cert });
      assertEquals(code, 0, JSON.stringify(examined));
      assertMatch(
        find("TLS")?.detail ?? "",
        /^TLSv1\.[23], certificate for localhost, 127\.0\.0\.1, valid until \d{4}-\d\d-\d\d, 1 day left$/,
      );
      assertEquals(find("round trip")?.status, "ok");
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
