/**
 * Run before a script (`--preload`): makes a global that loads Deno's Node layer, or its timers, throw
 * when it is used.
 */
for (
  const name of [
    "Buffer",
    "clearInterval",
    "clearTimeout",
    "process",
    "setImmediate",
    "setInterval",
    "setTimeout",
  ]
) {
  Object.defineProperty(globalThis, name, {
    get() {
      throw new Error(`${name} was used, which takes long to load`);
    },
  });
}
