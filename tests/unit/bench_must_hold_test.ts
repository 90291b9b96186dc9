import { assertEquals } from "@std/assert";
import { judge } from "../../bench/must_hold.ts";
import { PROCESS, TYPED } from "../../bench/ours.ts";
import { type Run, summarize } from "../../bench/results.ts";
import { run } from "./bench_runs.ts";

const judged = (what: string, runs: Run[]) => {
  const found = judge(summarize(runs)).find((each) => each.what === what);
  return [found?.found, found?.holds];
};
const sent = (client: string, rate: number) => run({ client, seconds: 1_000 / rate });
const received = (client: string, rate: number) =>
  run({ scenario: "receive", action: "receive", client, seconds: 1_000 / rate });

const BULK = [
  sent("amqp-tasks", 1_500),
  sent("amqplib", 1_400),
  sent("rabbitmq-client", 1_600),
  sent("amqp-tools", 1_500),
  sent("pika", 100),
];

for (
  const [what, runs, ratio, holds] of [
    ["bulk send, against pika", BULK, "15.00", true],
    ["bulk send, against the fastest client from npm", BULK, "0.94", false],
    ["bulk send, against `amqp-publish -l` (no confirms)", BULK, "1.00", true],
    [
      "bulk receive, against pika",
      [received("amqp-tasks", 499), received("pika", 100)],
      "4.99",
      false,
    ],
    [
      "bulk receive, against the fastest client from npm",
      [received("amqp-tasks", 500), received("amqplib", 400)],
      "1.25",
      true,
    ],
    [
      "bulk send, against several senders at once",
      [
        run({ scenario: "ceiling", seconds: 1 }),
        run({ scenario: "ceiling", client: "amqplib", processes: 2, seconds: 0.8 }),
        run({ scenario: "ceiling", processes: 3, seconds: 0.9 }),
      ],
      "0.80",
      false,
    ],
    [
      "one-shot send, the process, against pika",
      [
        run({ scenario: "start", setting: PROCESS, seconds: 0.09 }),
        run({ scenario: "start", client: "pika", seconds: 0.1 }),
      ],
      "0.90",
      true,
    ],
    [
      "one-shot send, `deno task send` as typed, against pika",
      [
        run({ scenario: "start", setting: TYPED, seconds: 0.16 }),
        run({ scenario: "start", client: "pika", seconds: 0.1 }),
      ],
      "1.60",
      false,
    ],
    [
      "memory, send of 1,000,000",
      [run({ scenario: "growth", count: 1_000_000, rss: 149_000_000 })],
      "149 MB",
      true,
    ],
    [
      "memory, send of 1,000,000",
      [run({ scenario: "growth", count: 1_000_000, rss: 150_000_000 })],
      "150 MB",
      false,
    ],
    [
      "memory, receive of 1,000,000, against 100,000",
      [
        run({ scenario: "growth", action: "receive", count: 100_000, rss: 100 }),
        run({ scenario: "growth", action: "receive", count: 1_000_000, rss: 126 }),
      ],
      "1.26",
      false,
    ],
  ] as const
) {
  Deno.test(`judge() finds ${ratio} for ${what}, which ${holds ? "holds" : "does not hold"}`, () => {
    assertEquals(judged(what, [...runs]), [ratio, holds]);
  });
}

Deno.test("judge() does not judge what was not measured", () => {
  assertEquals(judge([]).filter(({ found, holds }) => found ?? holds), []);
  const unjudged = [undefined, undefined];
  const ours = [run()];
  assertEquals(judged("bulk send, against pika", ours), unjudged);
  const failed = [...ours, run({ client: "pika", trouble: "it ended with 1" })];
  assertEquals(judged("bulk send, against pika", failed), unjudged);
});

Deno.test("judge() looks at the first queue and size that were measured", () => {
  const others = BULK.map((each) => ({ ...each, queue: "classic" as const, seconds: 1 }));
  assertEquals(judged("bulk send, against pika", [...BULK, ...others]), ["15.00", true]);
});
