// deno-lint-ignore-file explicit-module-boundary-types -- JavaScript, for Node has no types
/** Publishes lines with so many unconfirmed at a time; `publish(body, done)` is the client's own. */
import { readLines } from "./lines.mjs";

const WINDOW = 1_000;

/** Resolves when the last line of the file is confirmed. */
export function publishAll(file, publish) {
  const lines = readLines(file);
  let unconfirmed = 0;
  let isDry = false;
  return new Promise((resolve, reject) => {
    const onDone = (error) => {
      if (error) reject(error);
      unconfirmed--;
      pump();
    };
    const pump = () => {
      while (!isDry && unconfirmed < WINDOW) {
        const { value: body, done } = lines.next();
        if (done) isDry = true;
        else {
          unconfirmed++;
          publish(body, onDone);
        }
      }
      if (isDry && unconfirmed === 0) resolve();
    };
    pump();
  });
}
