/** Why a file cannot be read, and where it was looked for, in the words of whoever named it. */
import { ConfigError } from "./errors.ts";
import { ABSOLUTE } from "./resolve_path.ts";
import { escapeText } from "./terminal.ts";

/** What Deno or Node say, and what it means. */
const WORDS: [kind: RegExp, words: string][] = [
  [/^NotFound|ENOENT/, "there is no such file"],
  [/^NotADirectory|ENOTDIR|Not a directory/, "what stands before a / in it is no folder"],
  [/^IsADirectory|EISDIR/, "it is a folder"],
  [/^PermissionDenied|EACCES|EPERM/, "this user may not read it"],
  [/^NotCapable/, "it belongs to the system, and Deno lets no script with our permissions read it"],
];

/** What a failure of the system means, in one sentence without its code. */
export function inWords(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const [, words] = WORDS.find(([kind]) => kind.test(text)) ?? [];
  const message = error instanceof Error ? error.message : text;
  return words ?? escapeText(message.replace(/ \(os error \d+\)$/, ""));
}

/** The error for a file, named on the command line, that cannot be read. */
export function cannotRead(file: string, cause: unknown, what = ""): ConfigError {
  return new ConfigError(`Cannot read ${what}"${escapeText(file)}": ${inWords(cause)}`, {
    cure: ABSOLUTE.test(file) ? undefined : lookedFor(),
    cause,
  });
}

/** Where the file names of the command line begin: `deno task` runs in the project's folder. */
export function lookedFor(): string {
  return `It is looked for in ${escapeText(Deno.cwd())}, wherever deno task is called: ` +
    "name it from there, or by its whole path";
}
