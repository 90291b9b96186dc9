/** Mistakes with what works on messages, and with what they are printed to. */
import type { Mistake, Scene } from "./mistake.ts";

const handler = (file: string) => ({ dir }: Scene) => ["--set", `receive.handler=${dir}/${file}`];

/** A handler or a program cannot be used. */
export const HANDLERS: Mistake[] = ([
  {
    title: "There is no such handler",
    args: handler("no-such.ts"),
    place: "receive.handler: there is no file ",
    cure: "relative to the folder of the config file",
  },
  {
    title: "A handler is a folder",
    args: handler("folder"),
    place: '/folder" is a folder',
    cure: "Name the file in it that exports the handler",
  },
  {
    title: "A handler has no default export",
    args: handler("no-default.ts"),
    place: '/no-default.ts" has no default export',
    cure: "export default (message, context) => { … }",
  },
  {
    title: "A handler is no TypeScript",
    args: handler("broken.ts"),
    place: "receive.handler: cannot load ",
    cure: "To see more of it: deno run ",
  },
  {
    title: "A program, and the task that may not run one",
    args: () => ["--set", "receive.exec=[curl]"],
    place: "receive.exec needs the permission to run programs",
    cure: "deno task work",
  },
  {
    title: "There is no such program",
    task: "work",
    args: () => ["--set", "receive.exec=[no-such-program]", "--quiet"],
    before: "Hello",
    connects: true,
    place: 'receive.exec: cannot run "no-such-program": there is no such program',
    cure: "It is looked for in the PATH",
  },
] as Omit<Mistake, "code">[]).map((row) => ({ task: "receive", code: 2, ...row }));

/** Messages cannot be written. */
export const OUTPUT: Mistake[] = [
  {
    title: "The disk that standard output goes to is full",
    task: "receive",
    code: 1,
    args: () => ["--quiet", "--count", "1"],
    before: "Hello",
    connects: true,
    needs: "linux",
    shell: 'exec "$@" >/dev/full',
    place: "Cannot write to standard output: No space left on device",
    cure: "is still in the queue",
  },
];
