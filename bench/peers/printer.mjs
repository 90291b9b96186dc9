// deno-lint-ignore-file explicit-module-boundary-types -- JavaScript, for Node has no types
/** Prints messages together that came together, so that each costs no system call of its own. */
import { writeSync } from "node:fs";

/**
 * `print(body)` resolves, or `onPrinted()` is called, once the line of the message has been written
 * in full: only then may it be acknowledged.
 */
export function createPrinter(onPrinted = () => {}) {
  let lines = [];
  let printed;
  const flush = () => {
    const bytes = Buffer.from(lines.join(""));
    const { resolve } = printed;
    lines = [];
    printed = undefined;
    for (let sent = 0; sent < bytes.length;) sent += writeSync(1, bytes, sent);
    resolve();
    onPrinted();
  };
  return (body) => {
    if (!printed) {
      let resolve;
      const promise = new Promise((settle) => resolve = settle);
      printed = { promise, resolve };
      setImmediate(flush);
    }
    lines.push(` [x] Received '${body}'\n`);
    return printed.promise;
  };
}
