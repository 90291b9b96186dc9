import { ConfigError } from "./errors.ts";
import { inWords } from "./file_failure.ts";
import { decodeUtf8, escapeText } from "./terminal.ts";

/** A password longer than this, in bytes, is a file that was named by mistake. */
const LONGEST = 4096;
/** Everybody may read it. */
const OTHERS_READ = 0o004;

/** Files that were warned about: the next connection would only say the same. */
const warned = new Set<string>();

/**
 * Reads `broker.password_file`: all of the file but a newline at its end.
 *
 * @param warn Is told, once, if everybody on this machine may read the file.
 * @throws {ConfigError} If it cannot be read or holds no password.
 */
export function readPasswordFile(path: string, warn?: (line: string) => void): string {
  const cannot = (why: string, cause?: unknown) =>
    new ConfigError(`Cannot use broker.password_file: "${escapeText(path)}" ${why}`, {
      cure:
        "Name a file that holds the password alone; its path begins at the folder of the config",
      cause,
    });
  let info: Deno.FileInfo;
  let bytes: Uint8Array;
  try {
    info = Deno.statSync(path);
    // A pipe would be waited for, and be empty at the next connection.
    if (!info.isFile) throw cannot("is no regular file");
    if (info.size > LONGEST) throw cannot(`has ${info.size} bytes, more than ${LONGEST}`);
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw cannot(`cannot be read: ${inWords(error)}`, error);
  }
  const password = decodeUtf8(bytes)?.replace(/\r?\n$/, "");
  if (password === undefined) throw cannot("is not UTF-8 text");
  if (password === "") throw cannot("is empty");
  if (((info.mode ?? 0) & OTHERS_READ) !== 0 && !warned.has(path)) {
    warned.add(path);
    warn?.(
      `Warning: everybody on this machine can read "${
        escapeText(path)
      }", which holds a password: ` +
        "chmod 600",
    );
  }
  return password;
}
