/** What an error about a config says, without the lines of the config that it shows. */
export function problemsOf({ message }: Error): string {
  return message.split("\n").filter((line) => !line.startsWith(" ".repeat(9))).join("\n");
}
