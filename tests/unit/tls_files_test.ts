import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { parseConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { readTlsFiles } from "../../lib/tls_files.ts";

const brokerOf = (yaml: string) => parseConfig(`broker: {${yaml}}`).broker;
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

Deno.test("readTlsFiles() reads nothing when no files are named", () => {
  for (const written of ["", "tls: true", "tls: false", "tls: {}"]) {
    assertEquals(readTlsFiles(brokerOf(written)), {});
  }
});

Deno.test("readTlsFiles() reads the files that are named", () => {
  const { ca } = readTlsFiles(brokerOf(`tls: {ca: '${fixture("certificate.txt")}'}`));
  assertStringIncludes(ca ?? "", "-----BEGIN CERTIFICATE-----");
});

Deno.test("readTlsFiles() says so when a file does not exist", () => {
  const broker = brokerOf("tls: {ca: /no/such.pem}");
  const error = assertThrows(() => readTlsFiles(broker), ConfigError);
  assertStringIncludes(error.message, "Cannot read broker.tls.ca: ");
  assertStringIncludes(error.message, "/no/such.pem");
});

Deno.test("readTlsFiles() says so when a file holds something else", () => {
  const file = fixture("certificate.txt");
  const broker = brokerOf(`tls: {cert: '${file}', key: '${file}'}`);
  assertEquals(
    assertThrows(() => readTlsFiles(broker), ConfigError).message,
    `Cannot use broker.tls.key: "${file}" holds no PEM block "PRIVATE KEY"`,
  );
});
