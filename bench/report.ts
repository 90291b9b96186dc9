/** The report, as Markdown. */
import type { Client } from "./clients.ts";
import { chartsOf } from "./charts.ts";
import { ourClient } from "./ours.ts";
import { amqplib, amqpTools, pika, rabbitmqClient } from "./peers.ts";
import type { Results, Summary } from "./results.ts";
import {
  bulkTable,
  growthTable,
  mustHoldTable,
  rateTable,
  startTable,
  troubleList,
} from "./tables.ts";

/** A part of the report; without `body` it is left out. */
interface Section {
  title: string;
  /** Whose chart it has, if there is one. */
  chart?: string;
  words: string;
  body: string;
}

/** Writes the whole report. */
export function writeReport(results: Results, summaries: Summary[]): string {
  const names = new Set(chartsOf(summaries).map(({ name }) => name));
  const parts = sections(results, summaries).map(({ title, chart, words, body }) =>
    [
      `## ${title}`,
      ...(chart !== undefined && names.has(`bench-${chart}-light`) ? [picture(chart, title)] : []),
      ...(words ? [words] : []),
      body,
    ].join("\n\n")
  );
  return [
    "# Benchmarks",
    "`deno task bench` wrote this: " +
    "our `send` and `receive` beside other clients, on one machine, against one broker. Where the " +
    "time goes, and what was tried, is in [performance.md](performance.md)." +
    (results.isQuick ? " **It is a quick look: few messages, few rounds.**" : ""),
    ...parts,
  ].join("\n\n") + "\n";
}

/** The tables only, for a terminal. */
export function writeTables(results: Results, summaries: Summary[]): string {
  return measuredSections(results, summaries).map(({ title, body }) => `## ${title}\n\n${body}\n`)
    .join("\n");
}

function sections(results: Results, summaries: Summary[]): Section[] {
  const [mustHold, ...others] = measuredSections(results, summaries);
  return [...(mustHold ? [mustHold] : []), methodSection(results), ...others, RERUN];
}

function measuredSections(results: Results, summaries: Summary[]): Section[] {
  const has = (scenario: string) => summaries.some((each) => each.scenario === scenario);
  const troubles = troubleList(results, summaries);
  return [
    {
      title: "What must hold",
      words: "Ratios of medians: rate against rate, or time against time.",
      body: mustHoldTable(summaries),
    },
    ...(troubles ? [{ title: "What is missing, or was lost", words: "", body: troubles }] : []),
    ...(has("send")
      ? [{
        title: "Bulk send",
        chart: "send",
        words:
          "A file with one message a line. The time of `amqp-publish -l` is until it has handed " +
          "all over, that of the others until the broker has confirmed all. amqp-tools is not measured with more than 32 KB: " +
          "it cuts such lines into several messages.",
        body: bulkTable(summaries, "send"),
      }]
      : []),
    ...(has("receive")
      ? [{
        title: "Bulk receive",
        chart: "receive",
        words: "As many messages as are in the queue, each printed to a pipe that is read by `wc`.",
        body: bulkTable(summaries, "receive"),
      }]
      : []),
    ...(has("start")
      ? [{
        title: "One message",
        chart: "start",
        words: "A new process that connects, declares the quorum queue, sends one message, waits " +
          "for its confirmation, prints a line and disconnects. amqp-publish declares nothing.",
        body: startTable(summaries),
      }]
      : []),
    ...(has("growth")
      ? [{
        title: "From few messages to many",
        chart: "growth",
        words:
          "Ours. Memory is the most that the process had, shared pages of the runtime and all.",
        body: growthTable(summaries),
      }]
      : []),
    ...(has("sweep")
      ? [{
        title: "Window and prefetch",
        words: "Ours, with other limits on what is unconfirmed, or unacknowledged, at a time. " +
          "For the windows, [bench/window.ts](../bench/window.ts) sends as `send` does, but starts " +
          "from the source and so more slowly: compare them with each other.",
        body: rateTable(summaries, "sweep"),
      }]
      : []),
    ...(has("ceiling")
      ? [{
        title: "The broker's ceiling for one queue",
        words:
          "Several processes send to one queue at once: the total rate, from the start of the " +
          "first to the end of the last. They share the processors with the broker.",
        body: rateTable(summaries, "ceiling"),
      }]
      : []),
  ];
}

function methodSection({ machine, versions, measured, runs }: Results): Section {
  const { processor, cores, memory, system } = machine;
  const days = Object.values(measured).map((time) => time.slice(0, 10)).toSorted();
  const [first, last] = [days[0], days.at(-1)];
  const present = new Set(runs.map(({ client }) => client));
  // Where their programs are says nothing here.
  const clients: Client[] = [ourClient, amqplib(""), rabbitmqClient(""), amqpTools, pika("")];
  return {
    title: "How it was measured",
    words: [
      `On ${first === last ? first : `${first} to ${last}`}: ${cores} cores (${processor}), ` +
      `${(memory / 2 ** 30).toFixed(0)} GB of memory, ${system}. ` +
      Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ") + ".",
      ...METHOD,
      clients.filter(({ name }) => present.has(name)).map(({ name, usage }) =>
        `- **${name}**: ${usage}`
      ).join("\n"),
    ].join("\n\n"),
    body: "All but amqp-tools, which cannot, send messages `mandatory`, confirmed and with a " +
      "`message_id` of their own (a UUID). All are persistent. The programs are in " +
      "[bench/peers/](../bench/peers).",
  };
}

const METHOD = [
  "The broker is a RabbitMQ that the bench starts for itself, with RabbitMQ's own defaults, one " +
  "node, on the loopback interface of the same machine. So clients and broker share the " +
  "processors, and a client that needs less of them leaves more to the broker. Numbers from " +
  "another machine will differ; the ratios less so.",
  "A rate is the number of messages divided by the time of the whole process, from its start to " +
  "its end, start-up, connecting and disconnecting included, by a monotonic clock outside it (all " +
  "are started by a shell that becomes the program, which takes a millisecond). " +
  "Clients take turns, in another order each round, each on a queue that was just declared; the " +
  "medians are compared. Slow clients get fewer messages, as the tables say. Memory is VmHWM, " +
  "which is looked at 50 times a second.",
  "A run counts only if the process exits 0 and, after a send, the broker says that it has all " +
  "messages, after a receive, that it has none left and all lines were printed; only of `amqp-publish -l`, " +
  "which is told nothing, a loss is put down instead. Every receiver " +
  "acknowledges a message after it has been written in full, and not before.",
];

const RERUN: Section = {
  title: "To run it again",
  words:
    "It installs what is missing where it can (root on Debian or Ubuntu), into the system what " +
    "Debian has and into `.cache/bench/` what npm has.",
  body: [
    "```sh",
    "deno task bench                      # all of it, in 25 minutes at most",
    "deno task bench --quick              # a look, in 3 minutes at most; changes no document",
    "deno task bench --only send,receive  # of send, receive, start, growth, sweep, ceiling",
    "deno task bench --report             # this page and its charts, from the last results",
    "```",
  ].join("\n"),
};

function picture(chart: string, alt: string): string {
  return [
    "<picture>",
    `  <source media="(prefers-color-scheme: dark)" srcset="bench-${chart}-dark.svg">`,
    `  <img alt="${alt}; the numbers are in the table" src="bench-${chart}-light.svg">`,
    "</picture>",
  ].join("\n");
}
