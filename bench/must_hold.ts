/** What must hold of the numbers, and whether it does. */
import { OURS, PROCESS, TYPED } from "./ours.ts";
import type { Scenario } from "./plan.ts";
import type { Summary } from "./results.ts";

/** One requirement. */
export interface Requirement {
  what: string;
  /** What must be, as "≥ 15.0". */
  required: string;
  /** What is, in words; `undefined` if it was not measured. */
  found: string | undefined;
  /** `undefined` if it was not measured. */
  holds: boolean | undefined;
}

const MEGABYTE = 1_000_000;
const FEW = 100_000;
const MANY = 1_000_000;
/** In bytes. */
const MOST_MEMORY = 150 * MEGABYTE;
/** What is about the same: by how much memory may grow with ten times the messages. */
const SAME = 1.25;

/** The clients from npm. */
const NPM = ["amqplib", "rabbitmq-client"];

/** Judges the runs of the first type of queue and size that were measured. */
export function judge(summaries: Summary[]): Requirement[] {
  const headline = (scenario: Scenario) => {
    const [first] = summaries.filter((each) => each.scenario === scenario);
    return summaries.filter((each) =>
      each.scenario === scenario && each.runs > 0 && each.queue === first?.queue &&
      each.size === first?.size
    );
  };
  return [
    ...judgeRates("send", headline("send"), { pika: 15, tools: 1 }),
    judgeCeiling(headline("ceiling")),
    ...judgeRates("receive", headline("receive"), { pika: 5 }),
    ...judgeStarts(headline("start")),
    ...(["send", "receive"] as const).flatMap((action) =>
      judgeMemory(action, headline("growth").filter((each) => each.action === action))
    ),
  ];
}

function judgeRates(
  action: "send" | "receive",
  found: Summary[],
  least: { pika: number; tools?: number },
): Requirement[] {
  const rate = (...clients: string[]) =>
    Math.max(...found.filter(({ client }) => clients.includes(client)).map(({ rate }) => rate));
  const ours = rate(OURS);
  const title = action === "send" ? "bulk send, against" : "bulk receive, against";
  return [
    atLeast(`${title} pika`, ours / rate("pika"), least.pika),
    atLeast(`${title} the fastest client from npm`, ours / rate(...NPM), 1),
    ...(least.tools === undefined ? [] : [
      atLeast(`${title} \`amqp-publish -l\` (no confirms)`, ours / rate("amqp-tools"), least.tools),
    ]),
  ];
}

function judgeCeiling(found: Summary[]): Requirement {
  const rates = (is: (each: Summary) => boolean) => found.filter(is).map(({ rate }) => rate);
  const ours = Math.max(...rates(({ client, processes }) => client === OURS && processes === 1));
  const ceiling = Math.max(...rates(({ processes }) => processes > 1));
  return atLeast("bulk send, against several senders at once", ours / ceiling, 0.9);
}

function judgeStarts(found: Summary[]): Requirement[] {
  const time = (name: string, how?: string) =>
    found.find(({ client, setting }) => client === name && setting === how)?.seconds ?? NaN;
  const pika = time("pika");
  return [
    atMost("one-shot send, the process, against pika", time(OURS, PROCESS) / pika, 1),
    atMost("one-shot send, `deno task send` as typed, against pika", time(OURS, TYPED) / pika, 1.5),
  ];
}

function judgeMemory(action: "send" | "receive", found: Summary[]): Requirement[] {
  const memory = (messages: number) => found.find(({ count }) => count === messages)?.rss ?? NaN;
  const most = memory(MANY);
  const title = `memory, ${action} of ${MANY.toLocaleString("en")}`;
  const growth = `${title}, against ${FEW.toLocaleString("en")}`;
  return [
    requirement(title, `< ${MOST_MEMORY / MEGABYTE} MB`, most, {
      show: (bytes) => `${(bytes / MEGABYTE).toFixed(0)} MB`,
      holds: most < MOST_MEMORY,
    }),
    atMost(growth, most / memory(FEW), SAME),
  ];
}

function atLeast(what: string, ratio: number, least: number): Requirement {
  const show = (number: number) => number.toFixed(2);
  return requirement(what, `≥ ${show(least)}`, ratio, { show, holds: ratio >= least });
}

function atMost(what: string, ratio: number, most: number): Requirement {
  const show = (number: number) => number.toFixed(2);
  return requirement(what, `≤ ${show(most)}`, ratio, { show, holds: ratio <= most });
}

function requirement(
  what: string,
  required: string,
  value: number,
  { show, holds }: { show: (value: number) => string; holds: boolean },
): Requirement {
  // Of what was not measured, the number is no number, or the greatest of none.
  const isKnown = Number.isFinite(value) && value > 0;
  const found = isKnown ? show(value) : undefined;
  return { what, required, found, holds: isKnown ? holds : undefined };
}
