/** A wall clock that a test can set, for the scripts that it runs, by libfaketime. */
import { plainly } from "./environment.ts";
import type { OptionalPackage } from "./optional_package.ts";

/** Where Debian has it; the dynamic linker knows the folder that `$LIB` stands for. */
const LIBRARY = "/usr/$LIB/faketime/libfaketimeMT.so.1";

/** A library that sets the clock of Deno. */
export const FAKETIME: OptionalPackage = { name: "libfaketime", find: findLibrary };

async function findLibrary(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "console.log(new Date().getUTCFullYear())"],
    ...plainly({ ...environment(LIBRARY), FAKETIME: "2001-02-03 04:05:06" }),
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout) === "2001\n" ? LIBRARY : undefined;
}

function environment(library: string): Record<string, string> {
  return {
    LD_PRELOAD: library,
    // When a real clock is set, the monotonic one goes on as before.
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    // The time is looked up whenever it is asked for, and not once in ten seconds.
    FAKETIME_NO_CACHE: "1",
  };
}

/** The wall clock of the scripts that run with its environment. */
export class FakeClock implements AsyncDisposable {
  /** What makes a script follow it. */
  readonly env: Record<string, string>;
  readonly #file: string;

  private constructor(library: string, file: string) {
    this.env = { ...environment(library), FAKETIME_TIMESTAMP_FILE: file };
    this.#file = file;
  }

  /** Makes one that is right at first. */
  static async create(library: string): Promise<FakeClock> {
    const clock = new FakeClock(library, await Deno.makeTempFile({ prefix: "amqp-tasks-clock-" }));
    await clock.set(0);
    return clock;
  }

  /** Sets it so many seconds ahead of the right time. */
  async set(seconds: number): Promise<void> {
    const next = `${this.#file}.next`;
    await Deno.writeTextFile(next, `${seconds < 0 ? "" : "+"}${seconds}`);
    // At once, because the scripts may be reading it.
    await Deno.rename(next, this.#file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#file);
  }
}
