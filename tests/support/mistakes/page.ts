/** docs/errors.md: what the scripts have really printed. */
import type { Mistake, Scene } from "./mistake.ts";

/** A mistake that was made, and what was printed. */
export interface Made {
  mistake: Mistake;
  args: string[];
  stderr: string;
}

const MEANINGS: Record<number, string> = {
  1: "1: failed unexpectedly, or standard output cannot be written",
  2: "2: bad config or arguments",
  3: "3: no broker",
  4: "4: a message was not accepted",
  5: "5: the broker refused the queue, exchange or binding",
};

const HEAD =
  `<!-- Made by tests/integration/mistakes_test.ts of what the scripts print; see CONTRIBUTING.md. -->

# Errors

What is printed for some mistakes, by exit code. The first line says what is wrong and where, the
indented ones what to do. The words after \`The broker refused\` and \`the broker says\` are RabbitMQ's
own.
`;

/** Writes the page. */
export function writePage(all: Made[]): string {
  const sections = Object.entries(MEANINGS).map(([code, meaning]) => {
    const entries = all.filter(({ mistake }) => mistake.code === Number(code)).map(writeEntry);
    return `## Exit code ${meaning}\n\n${entries.join("\n\n")}\n`;
  });
  return [HEAD, ...sections].join("\n");
}

function writeEntry({ mistake, args, stderr }: Made): string {
  const command = ["$ deno task", mistake.task ?? "send", ...args.map(shellWord)].join(" ");
  const shown = mistake.config === undefined ? short(command) : "$ deno task send";
  return `### ${mistake.title}\n\n\`\`\`\n${shown}\n${stderr.trimEnd()}\n\`\`\``;
}

/** Takes out what differs from run to run and from machine to machine. */
export function normalise(text: string, { dir, closed, http, tls, broker }: Scene): string {
  const ports: [from: string, to: string][] = [
    [`localhost:${closed}`, "localhost:5672"],
    [`${closed}`, "5672"],
    [`${http}`, "15672"],
    ...Object.values(tls).map((port): [string, string] => [`${port}`, "5671"]),
    [broker, "localhost:5672"],
  ];
  const plain = text.replaceAll(`${dir}/`, "./").replaceAll(Deno.cwd(), "/home/me/amqp-tasks")
    .replace(/file:\/\/\.?\/?/g, "")
    .replace(/amqp-tasks\.test\.[0-9a-f-]{36}/g, "orders")
    .replace(
      /no such host, or the name server .*\n.*/,
      "no such host\n  Check the spelling of broker.host",
    );
  return ports.reduce(
    (shown, [from, to]) =>
      from === "0" ? shown : shown.replaceAll(new RegExp(`\\b${from}\\b`, "g"), to),
    plain,
  );
}

function shellWord(text: string): string {
  return /^[\w./=:,-]+$/.test(text) ? text : `'${text}'`;
}

function short(command: string): string {
  return command.replace(/(\w)\1{20,}/g, "$1$1$1…");
}
