import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { run } from "../support/scripts.ts";

const encoder = new TextEncoder();

/** Runs `use` with a folder that is gone afterwards. */
async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function makePipe(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assert(success);
}

/** What a config file can be, and what is said of it. */
const FILES: Record<string, [make: (path: string) => Promise<unknown>, said: string]> = {
  "a pipe that nobody writes to": [makePipe, "is no file"],
  "a folder": [(path) => Deno.mkdir(path), "is a folder"],
  "a link to itself": [(path) => Deno.symlink(path, path), "Cannot read config"],
  "a file that may have any size": [
    (path) => Deno.writeFile(path, new Uint8Array(1024 * 1024 + 1).fill(35)),
    "has 1048577 bytes, more than 1 MiB",
  ],
  "no UTF-8": [(path) => Deno.writeFile(path, Uint8Array.of(97, 0xff)), "it is not UTF-8 text"],
  "UTF-16": [(path) => Deno.writeFile(path, Uint8Array.of(0xff, 0xfe, 97, 0)), "not UTF-8 text"],
  "half a character": [(path) => Deno.writeFile(path, Uint8Array.of(0xc3)), "not UTF-8 text"],
  "zeros": [(path) => Deno.writeFile(path, new Uint8Array(100)), "must be a mapping of keys"],
  "a program": [(path) => Deno.writeFile(path, encoder.encode("\x7fELF\x02\x01\x01")), "mapping"],
};

for (const [name, [make, said]] of Object.entries(FILES)) {
  Deno.test({
    name: `a config that is ${name} is an error, and is not waited for`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      inFolder(async (folder) => {
        const path = `${folder}/config.yaml`;
        await make(path);
        const { code, stderr } = await run("send", ["--config", path, "hello"], { url: null });
        assertEquals(code, 2, stderr);
        assertStringIncludes(stderr, said);
        assertEquals(stderr.match(/^error: /gm)?.length, 1, stderr);
      }),
  });
}

for (const option of ["--file", "--lines"]) {
  Deno.test({
    name: `send ${option} of what has no end is an error, and does not take all memory`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const { code, stderr } = await run("send", [option, "/dev/zero"]);
      assertEquals(code, 2, stderr);
      assertMatch(stderr, /^error: Cannot send "\/dev\/zero": .* has more than 512 MiB\n/);
    },
  });
}

Deno.test({
  name: "a certificate that is a pipe is an error, and is not waited for",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      await makePipe(`${folder}/ca.pem`);
      using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const { port } = server.addr as Deno.NetAddr;
      const broker = `broker={host: 127.0.0.1, port: ${port}, tls: {ca: ${folder}/ca.pem}}`;
      const { code, stderr } = await run("send", ["--set", broker, "hello"], { url: null });
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, "is no file");
    }),
});
