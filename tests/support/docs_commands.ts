/** What the documents say that can be run, or read as a config. */

/** A command, and what it prints according to the document, if that says so. */
export interface Command {
  text: string;
  output?: string[];
}

/** Commands that stand together: of one fenced block, or of one row of a table. */
export interface Block {
  file: string;
  /** Whether they run at the same time, as in several terminals; otherwise one after the other. */
  isAtOnce: boolean;
  /** Where it begins, from 1 on. */
  line: number;
  commands: Command[];
}

/** A fenced block. */
interface Fence {
  language: string;
  line: number;
  lines: string[];
}

const root = new URL("../../", import.meta.url);

/** The documents for users and contributors, as paths. */
export function documents(): string[] {
  const docs = [...Deno.readDirSync(new URL("docs/", root))].map(({ name }) => `docs/${name}`);
  return ["README.md", "CONTRIBUTING.md", ...docs.filter((name) => name.endsWith(".md")).sort()];
}

/** The fenced blocks of a document that are in one language. */
export function readFences(file: string, language: string): Fence[] {
  return fencesOf(Deno.readTextFileSync(new URL(file, root)).split("\n"))
    .filter((fence) => fence.language === language);
}

/** The commands of a document, in its order: of its fenced blocks, and of its tables. */
export function readCommands(file: string): Block[] {
  const lines = Deno.readTextFileSync(new URL(file, root)).split("\n");
  const blocks = [
    ...fencesOf(lines).map(({ language, line, lines }) => ({
      file,
      line,
      isAtOnce: language !== "sh",
      commands: language === "sh" ? shellCommands(lines) : language ? [] : transcript(lines),
    })),
    ...lines.flatMap((text, at) => {
      const row = { file, line: at + 1, isAtOnce: true, commands: inRow(text) };
      return text.startsWith("|") ? [row] : [];
    }),
  ];
  return blocks.filter(({ commands }) => commands.length).sort((a, b) => a.line - b.line);
}

function fencesOf(lines: string[]): Fence[] {
  const fences: Fence[] = [];
  let open: Fence | undefined;
  for (const [at, text] of lines.entries()) {
    const [, language] = /^```(\w*)$/.exec(text) ?? [];
    if (language === undefined) open?.lines.push(text);
    else if (open) open = void fences.push(open);
    else open = { language, line: at + 1, lines: [] };
  }
  return fences;
}

/** Each line is a command, but for one that ends with \ and goes on in the next. */
function shellCommands(lines: string[]): Command[] {
  return lines.join("\n").replaceAll(/\\\n\s*/g, "").split("\n")
    .map((line) => ({ text: line.replace(/(^|\s{2,})#.*$/, "").trim() }))
    .filter(({ text }) => text !== "");
}

/** What is typed begins with `$ `; what follows it was printed. */
function transcript(lines: string[]): Command[] {
  const commands: Required<Command>[] = [];
  for (const line of lines) {
    if (line.startsWith("$ ")) commands.push({ text: line.slice(2), output: [] });
    else if (line !== "") commands.at(-1)?.output.push(line);
  }
  return commands;
}

/** What is between backticks and is more than a name: our tasks, and the tools of others. */
function inRow(row: string): Command[] {
  return [...row.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => ({
    text: text.replaceAll("\\|", "|"),
  })).filter(({ text }) =>
    /\bdeno (task|run) [-\w]|^(amqp|docker|op|rabbitmqadmin|rabtap|sops|npx)\b.* /.test(text)
  );
}
