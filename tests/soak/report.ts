import type { SoakOptions, SoakResult } from "./soak.ts";

/** What the report says of the options. */
type Size = Pick<SoakOptions, "seed" | "messages" | "senders" | "receivers" | "rate">;

/** Writes what came of a soak, as Markdown. */
export function report(options: Size, result: SoakResult): string {
  const { seed, messages, senders, receivers, rate } = options;
  const { outcome, faults, duration, longestGap, troubles } = result;
  const summary = {
    "sent": outcome.sent,
    "confirmed": outcome.confirmed,
    "received": outcome.received,
    "lost": outcome.lost,
    "unexpected": outcome.unexpected,
    "duplicated": outcome.duplicated,
    "under two ids": outcome.sentUnderTwoIds,
    "longest gap": seconds(longestGap),
  };
  const rows = faults.map((
    { at, kind, gap },
    index,
  ) => [index + 1, seconds(at), kind, seconds(gap)]);
  return [
    "# A soak",
    "",
    `\`deno task soak --seed ${seed} --faults ${faults.length} --messages ${messages}\` let ` +
    `${senders} senders and ${receivers} receivers work on one quorum queue of three nodes, at ` +
    `${rate} messages a second, for ${
      seconds(duration)
    }. _Confirmed_ is what a sender called sent, ` +
    "_lost_ what was confirmed and never came, _unexpected_ what came and nobody had sent, _under " +
    "two ids_ what came twice as two messages. A sender that was killed or stopped has confirmed " +
    "less than it was given, and some of that may have come. A _gap_ is the longest time in which " +
    "no message came; a minute of it is the time that RabbitMQ takes to notice a frozen leader.",
    "",
    ...table(Object.keys(summary), [Object.values(summary)]),
    "",
    ...table(["fault", "at", "what", "longest gap"], rows),
    ...troubles.map((trouble) => `\nTrouble: ${trouble}`),
    "",
  ].join("\n");
}

/** Whether a soak went as it must. */
export function isFine({ outcome, troubles }: SoakResult): boolean {
  const { lost, unexpected, sentUnderTwoIds } = outcome;
  return lost + unexpected + sentUnderTwoIds + troubles.length === 0;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}

function table(head: (string | number)[], rows: (string | number)[][]): string[] {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
}
