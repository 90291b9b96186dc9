/** Mistakes on the command line. */
import type { Mistake, Scene } from "./mistake.ts";

const HELP = "Run it with --help to see what it takes";

/** Mistakes that a glance at the arguments finds. */
export const ARGUMENTS: Mistake[] = [
  { title: "An unknown option", args: ["--confg", "x"], place: "--confg", cure: '"--config"?' },
  { title: "An option without its value", args: ["--lines"], place: "--lines needs", cure: HELP },
  {
    title: "A word that begins with -",
    args: ["-5"],
    place: "Unknown option -5",
    cure: "goes after --",
  },
  {
    title: "Words and --file",
    args: ["--file", "photo.jpg", "Hello"],
    place: "words, --file and --lines at once",
    cure: "choose one",
  },
  {
    title: "--format without --lines",
    args: ["--format", "json"],
    place: "--format goes with --lines",
    cure: "name the lines to send: --lines FILE",
  },
  {
    title: "A format that there is not",
    args: ["--lines", "-", "--format", "csv"],
    place: '--format "csv" is neither text nor json',
    cure: "Write --format json",
  },
  {
    title: "A format of receive that there is not",
    task: "receive" as const,
    args: ["--format", "xml"],
    place: '--format "xml" is none of',
    cure: "json has all of a message",
  },
  { title: "--repeat 0", args: ["--repeat", "0"], place: '--repeat "0"', cure: "--repeat 10" },
  { title: "--repeat -1", args: ["--repeat", "-1"], place: '--repeat "-1"', cure: "--repeat 10" },
  {
    title: "--count is no number",
    task: "receive" as const,
    args: ["--count", "ten"],
    place: '--count "ten" is not a whole number',
    cure: "--count 10",
  },
  {
    title: "--idle without a unit",
    task: "receive" as const,
    args: ["--idle", "2"],
    place: '--idle "2" is no duration',
    cure: "500ms, 10s, 2m or 1h",
  },
  {
    title: "Words for receive",
    task: "receive" as const,
    args: ["orders"],
    place: 'receive takes no words, but has "orders"',
    cure: "--help",
  },
  {
    title: "--set without =",
    args: ["--set", "queue.name"],
    place: "--set needs key.path=value",
    cure: "such as --set queue.name=orders",
  },
  {
    title: "--set with a value that is no YAML",
    args: ["--set", "queue.name=[orders"],
    place: "--set queue.name: the value is not valid YAML",
    cure: "quote it twice",
  },
  {
    title: "--set with an unknown key",
    args: ["--set", "queue.nam=orders"],
    place: '--set queue.nam: unknown key "nam"',
    cure: 'did you mean "name"?',
  },
].map(({ args, ...row }) => ({ code: 2, args: () => args, ...row }));

/** Mistakes in the files that are named there, and in what is to be sent. */
export const INPUT: Mistake[] = [
  {
    title: "There is no such file",
    connects: true,
    args: () => ["--lines", "no-such.txt"],
    place: '"no-such.txt": there is no such file',
    cure: "wherever deno task is called: name it from there, or by its whole path",
  },
  {
    title: "The file is a folder",
    connects: true,
    args: ({ dir }: Scene) => ["--lines", `${dir}/folder`],
    place: '/folder": it is a folder',
    cure: "Name one of the files in it",
  },
  {
    title: "A name goes through a file as if it were a folder",
    args: ({ dir }: Scene) => ["--file", `${dir}/orders.txt/1`],
    place: '/orders.txt/1": what stands before a / in it is no folder',
    cure: "no folder",
  },
  {
    title: "A line is no JSON",
    args: () => ["--lines", "-", "--format", "json"],
    stdin: '{payload: "Hello"}\n',
    connects: true,
    place: "standard input:1: not a line of JSON",
    cure: "receive --format json",
  },
  {
    title: "A line has an unknown property",
    args: () => ["--lines", "-", "--format", "json"],
    stdin: '{"payload": "Hello", "properties": {"prio": 5}}\n',
    connects: true,
    place: 'standard input:1: unknown property "prio"',
    cure: "receive --format json",
  },
  {
    title: "There is nothing to send",
    config: "queue:\n  name: orders\n",
    place: "Cannot send: there is no payload",
    cure: "Set message.payload, or give words",
  },
  {
    title: "There is nowhere to send it",
    config: "message:\n  payload: Hello\n",
    place: "Cannot send: the config names neither a queue nor an exchange",
    cure: "Set queue.name, or exchange.name",
  },
  {
    title: "A routing key is too long",
    args: () => ["--set", `message.routing_key=${"k".repeat(256)}`],
    place: "--set message.routing_key: ",
    cure: "longer than AMQP's 255 bytes",
  },
].map((row) => ({ code: 2, ...row }));
