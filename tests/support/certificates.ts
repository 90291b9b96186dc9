/** Certificates of a test's own, made by openssl, which every system with Git or Python has. */

/** PEM files of one certificate. */
export interface Certificate {
  cert: string;
  key: string;
}

/** What {@linkcode makeCertificates} makes; all but the self-signed one are signed by `ca`. */
export interface Certificates {
  ca: Certificate;
  /** For `localhost` and `127.0.0.1`. */
  server: Certificate;
  /** For another host. */
  wrongHost: Certificate;
  /** For `localhost`, until yesterday. */
  expired: Certificate;
  /** For `localhost`, signed by itself. */
  selfSigned: Certificate;
  /** Of a client. */
  client: Certificate;
}

const LOCALHOST = "DNS:localhost,IP:127.0.0.1";

/** Whether there is an openssl to make them with. */
export async function hasOpenssl(): Promise<boolean> {
  return await openssl(["version"]).then(() => true, () => false);
}

/** Makes one of each in a folder. */
export async function makeCertificates(dir: string): Promise<Certificates> {
  const ca = await selfSign(dir, "ca", ["basicConstraints=critical,CA:TRUE"]);
  return {
    ca,
    server: await sign(ca, dir, "server", { names: LOCALHOST }),
    wrongHost: await sign(ca, dir, "wrong-host", { names: "DNS:elsewhere.example" }),
    expired: await sign(ca, dir, "expired", { names: LOCALHOST, days: -1 }),
    selfSigned: await selfSign(dir, "self-signed", [`subjectAltName=${LOCALHOST}`]),
    client: await sign(ca, dir, "client", { names: "DNS:client" }),
  };
}

function files(dir: string, name: string): Certificate {
  return { cert: `${dir}/${name}.pem`, key: `${dir}/${name}.key` };
}

const REQUEST = [..."req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split(" ")];

async function selfSign(dir: string, name: string, extensions: string[]): Promise<Certificate> {
  const { cert, key } = files(dir, name);
  const added = extensions.flatMap((extension) => ["-addext", extension]);
  const output = ["-subj", `/CN=${name}`, "-keyout", key, "-out", cert];
  await openssl([...REQUEST, "-x509", "-days", "2", ...added, ...output]);
  return { cert, key };
}

async function sign(
  ca: Certificate,
  dir: string,
  name: string,
  { names, days = 2 }: { names: string; days?: number },
): Promise<Certificate> {
  const { cert, key } = files(dir, name);
  const [request, extensions] = [`${dir}/${name}.csr`, `${dir}/${name}.ext`];
  await openssl([...REQUEST, "-subj", `/CN=${name}`, "-keyout", key, "-out", request]);
  await Deno.writeTextFile(extensions, `subjectAltName=${names}\n`);
  const signer = ["-CA", ca.cert, "-CAkey", ca.key, "-CAcreateserial", "-days", String(days)];
  await openssl(["x509", "-req", "-in", request, "-extfile", extensions, ...signer, "-out", cert]);
  return { cert, key };
}

async function openssl(args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, stdin: "null" }).output();
  if (!success) throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}
