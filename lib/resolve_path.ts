/** What a whole path looks like. */
export const ABSOLUTE: RegExp = Deno.build.os === "windows" ? /^([a-z]:)?[/\\]/i : /^\//;
const SEPARATOR = Deno.build.os === "windows" ? /[/\\]/ : /\//;

/**
 * Makes a path that stands in a file absolute: it is relative to the folder of that file, which is
 * relative to the working directory. Loading `node:path` for it would take 15 ms of start-up time.
 */
export function resolvePath(path: string, file: string): string {
  if (ABSOLUTE.test(path)) return path;
  const whole = ABSOLUTE.test(file) ? file : `${Deno.cwd()}/${file}`;
  const steps = whole.split(SEPARATOR).slice(0, -1);
  for (const step of path.split(SEPARATOR)) {
    // The first one is empty, or a drive.
    if (step === "..") steps.splice(Math.max(1, steps.length - 1));
    else if (step !== ".") steps.push(step);
  }
  return steps.join("/");
}
