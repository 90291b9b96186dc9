/** What the machine is and what is on it, as far as it says something about the numbers. */
import { output } from "./packages.ts";
import type { Machine } from "./results.ts";

/** Describes this machine, without its name. */
export async function describeMachine(): Promise<Machine> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const release = await Deno.readTextFile("/etc/os-release").catch(() => "");
  return {
    processor: /^model name\s*: (.*)$/m.exec(info)?.[1] ?? Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    memory: Deno.systemMemoryInfo().total,
    system: /^PRETTY_NAME="(.*)"$/m.exec(release)?.[1] ?? Deno.build.os,
  };
}

/** The version of a Debian package, without Debian's own part of it. */
export async function debianVersion(name: string): Promise<string> {
  return (await output("dpkg-query", ["-W", "-f", "${Version}", name])).replace(/-[^-]*$/, "");
}

/** The version of an npm package, in a folder of packages. */
export async function npmVersion(packages: string, name: string): Promise<string> {
  return JSON.parse(await Deno.readTextFile(`${packages}/${name}/package.json`)).version;
}
