import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startLocalRabbitmq } from "../../lib/local_rabbitmq.ts";
import { freePorts } from "../../lib/loopback_ports.ts";
import { findRabbitmq } from "../../lib/rabbitmq_install.ts";
import { type Certificate, hasOpenssl, makeCertificates } from "../support/certificates.ts";
import { run, type ScriptOptions, start, succeed } from "../support/scripts.ts";
import { listen, say, serveTcp } from "../support/tcp_server.ts";

const openssl = await hasOpenssl();
const rabbitmq = await findRabbitmq().then(() => true, () => false);
const suffix = openssl ? "" : " (skipped: there is no openssl)";

const dir = openssl ? await Deno.makeTempDir({ prefix: "amqp-tasks-tls-" }) : "";
const certificates = openssl ? await makeCertificates(dir) : undefined;
globalThis.addEventListener("unload", () => {
  if (dir) Deno.removeSync(dir, { recursive: true });
});

const DEFAULT: ScriptOptions = { url: null };

/** `--set broker=…` */
function broker(settings: Record<string, unknown>): string[] {
  return ["--set", `broker=${JSON.stringify(settings)}`];
}

/** Runs `send`, which must fail, and returns the lines that it prints. */
async function fail(args: string[], expected = 3): Promise<string[]> {
  const { code, stdout, stderr } = await run("send", args, DEFAULT);
  assertEquals({ code, stdout }, { code: expected, stdout: "" }, stderr);
  assert(!/^ {4}at /m.test(stderr), stderr);
  return stderr.trimEnd().split("\n");
}

const REFUSED = [
  {
    what: "is signed by an unknown CA",
    which: "server",
    tls: true,
    error: "its certificate is signed by an unknown CA",
    cure: "  Name the CA that signed it: broker.tls: {ca: FILE} (PEM)",
  },
  {
    what: "is for another host",
    which: "wrongHost",
    error: "its certificate is for another host name",
    cure: "  Write broker.host as it stands in the certificate",
  },
  {
    what: "has expired",
    which: "expired",
    error: "its certificate has expired",
    cure: "  Renew the broker's certificate, or check the clock of this machine",
  },
  {
    what: "is self-signed",
    which: "selfSigned",
    tls: true,
    error: "its certificate is self-signed",
    cure: "  Name the CA that signed it: broker.tls: {ca: FILE} (PEM)",
  },
] as const;

for (const { what, which, error, cure, ...rest } of REFUSED) {
  Deno.test({
    name: `a certificate that ${what} is refused with 3${suffix}`,
    ignore: !certificates,
    fn: async () => {
      assert(certificates);
      await using server = serveTcp(listen, { tls: await read(certificates[which]) });
      const tls = "tls" in rest ? rest.tls : { ca: certificates.ca.cert };
      const host = `localhost:${server.port}`;
      const lines = await fail(broker({ host, tls, retry: "20s" }));
      assertEquals(lines, [`error: Cannot connect to ${host}: ${error}`, cure]);
      assertEquals(server.accepted, 1, "it must not try again");
    },
  });
}

Deno.test({
  name: `a self-signed certificate that is named as the CA is accepted${suffix}`,
  ignore: !certificates,
  fn: async () => {
    assert(certificates);
    const { selfSigned } = certificates;
    await using server = serveTcp(say("HTTP/1.1 400 Bad Request"), {
      tls: await read(selfSigned),
    });
    const host = `localhost:${server.port}`;
    const [error = ""] = await fail(broker({ host, tls: { ca: selfSigned.cert } }));
    // What it says was read, so it was trusted.
    assertMatch(error, /: the port speaks HTTP, not AMQP$/);
  },
});

const BROKEN = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const ENCRYPTED = BROKEN.replaceAll("CERTIFICATE", "ENCRYPTED PRIVATE KEY");

const FILES: { what: string; tls: Record<string, string>; error: RegExp }[] = [
  {
    what: "a CA file that does not exist",
    tls: { ca: "nowhere.pem" },
    error: /^error: Cannot read broker\.tls\.ca: .*nowhere\.pem/,
  },
  {
    what: "a CA file that is a folder",
    tls: { ca: "." },
    error: /^error: Cannot read broker\.tls\.ca: /,
  },
  {
    what: "a CA file that is not PEM",
    tls: { ca: "ca.der" },
    error: /^error: Cannot use broker\.tls\.ca: "\S+ca\.der" holds no PEM block "CERTIFICATE"$/,
  },
  {
    what: "a CA file that holds a key",
    tls: { ca: "ca.key" },
    error: /^error: Cannot use broker\.tls\.ca: "\S+ca\.key" holds no PEM block "CERTIFICATE"$/,
  },
  {
    what: "a CA file that is damaged",
    tls: { ca: "broken.pem" },
    error: /^error: Cannot use broker\.tls\.ca: "\S+broken\.pem"/,
  },
  {
    what: "a certificate without its key",
    tls: { cert: "client.pem" },
    error: /has only one of tls\.cert and tls\.key/,
  },
  {
    what: "a certificate with the key of another",
    tls: { cert: "client.pem", key: "server.key" },
    error: /^error: Cannot use broker\.tls\.key: "\S+server\.key"/,
  },
  {
    what: "a key that needs a passphrase",
    tls: { cert: "client.pem", key: "encrypted.key" },
    error: /^error: Cannot use broker\.tls\.key: "\S+encrypted\.key" .*passphrase/,
  },
];

for (const { what, tls, error } of FILES) {
  Deno.test({
    name: `${what} exits 2 without a connection${suffix}`,
    ignore: !certificates,
    fn: async () => {
      await using server = serveTcp(listen);
      await Deno.writeFile(`${dir}/ca.der`, Uint8Array.of(0x30, 0x82, 1, 1));
      await Deno.writeTextFile(`${dir}/broken.pem`, BROKEN);
      await Deno.writeTextFile(`${dir}/encrypted.key`, ENCRYPTED);
      const files = Object.entries(tls).map(([key, file]) => [key, `${dir}/${file}`]);
      const settings = { host: `localhost:${server.port}`, tls: Object.fromEntries(files) };
      const [line = ""] = await fail(broker({ ...settings, connect_timeout: "1s" }), 2);
      assertMatch(line, error);
      assertEquals(server.accepted, 0);
    },
  });
}

// Each start costs seconds, so one node serves all that needs RabbitMQ's own TLS.
Deno.test({
  name: `RabbitMQ over TLS${suffix}`,
  ignore: !certificates || !rabbitmq,
  fn: async (t) => {
    assert(certificates);
    const { ca, server, client } = certificates;
    const [port = 0, strictPort = 0] = freePorts(2);
    await using node = await startLocalRabbitmq({
      dir: `${dir}/node`,
      config: [
        `listeners.ssl.1 = 127.0.0.1:${port}`,
        `ssl_options.cacertfile = ${ca.cert}`,
        `ssl_options.certfile = ${server.cert}`,
        `ssl_options.keyfile = ${server.key}`,
      ],
    });
    const [host, strictHost] = [`localhost:${port}`, `localhost:${strictPort}`];
    const tls = { ca: ca.cert };

    /** Sends and receives, and asks RabbitMQ whether that connection was TLS. */
    const goBothWays = async (args: string[], words: string) => {
      await using receiver = start("receive", ["--count", "1", ...args], DEFAULT);
      await receiver.said("Waiting for messages");
      assertEquals((await node.rabbitmqctl("list_connections", "ssl")).trim(), "ssl\ntrue");
      await succeed("send", [...args, words], DEFAULT);
      assertEquals((await receiver.ended()).stdout, ` [x] Received '${words}'\n`);
    };

    await t.step("tls: {ca} works both ways", () => {
      return goBothWays(broker({ host, tls }), "by host");
    });

    await t.step("an amqps:// url works both ways", () => {
      return goBothWays(broker({ url: `amqps://guest:guest@127.0.0.1:${port}`, tls }), "by url");
    });

    await t.step("a relative path is relative to the config file", async () => {
      const config = `${dir}/config.yaml`;
      const text = `broker: {host: "${host}", tls: {ca: ca.pem}}\nqueue: {name: hello}\n`;
      await Deno.writeTextFile(config, text);
      await goBothWays(["--config", config], "by file");
    });

    await t.step("TLS to the plain port says so", async () => {
      const [error = "", cure = ""] = await fail(broker({ host: `localhost:${node.port}`, tls }));
      assertMatch(error, /: the port does not speak TLS$/);
      assertStringIncludes(cure, "remove broker.tls");
    });

    await t.step("no TLS to the TLS port says so", async () => {
      const [error = "", cure = ""] = await fail(broker({ host, connect_timeout: "5s" }));
      assertMatch(error, /: the port speaks TLS$/);
      assertStringIncludes(cure, "Set broker.tls: true");
    });

    await t.step("a listener that asks for a client certificate", async (t) => {
      // The config file has one set of options for all listeners.
      await node.rabbitmqctl(
        "eval",
        `{ok, Options} = application:get_env(rabbit, ssl_options),
         ok = rabbit_networking:start_ssl_listener({"127.0.0.1", ${strictPort}},
           [{verify, verify_peer}, {fail_if_no_peer_cert, true} | Options], 1).`,
      );

      await t.step("says so when there is none", async () => {
        const lines = await fail(broker({ host: strictHost, tls }));
        assertEquals(lines, [
          `error: Cannot connect to ${strictHost}: it asks for a client certificate`,
          "  Give one: broker.tls: {cert: FILE, key: FILE} (PEM)",
        ]);
      });

      await t.step("takes the one that is given", () => {
        const settings = { host: strictHost, tls: { ...tls, ...client } };
        return goBothWays(broker(settings), "by certificate");
      });

      for (const which of ["selfSigned", "expired"] as const) {
        await t.step(`says so when it does not accept it (${which})`, async () => {
          const settings = { host: strictHost, tls: { ...tls, ...certificates[which] } };
          const [error = "", cure = ""] = await fail(broker(settings));
          const why = which === "expired" ? "has expired" : "is not accepted";
          assertMatch(error, new RegExp(`: the client certificate ${why}\\b`));
          assertStringIncludes(cure, "broker.tls.cert");
        });
      }
    });
  },
});

async function read({ cert, key }: Certificate): Promise<Certificate> {
  return { cert: await Deno.readTextFile(cert), key: await Deno.readTextFile(key) };
}
