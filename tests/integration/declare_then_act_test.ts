import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionError, declareThenAct, type Session } from "../../lib/mod.ts";
import { configFor } from "../support/library.ts";

/** Lets time pass for the code under test, without waiting for it. */
function fastForward(): { pass: (ms: number) => void } & Disposable {
  const { now } = performance;
  let ahead = 0;
  performance.now = () => now.call(performance) + ahead;
  return {
    pass: (ms) => void (ahead += ms),
    [Symbol.dispose]: () => void (performance.now = now),
  };
}

for (
  const { name, getsOn, times } of [
    { name: "an act that never gets on is given up after broker.retry", getsOn: false, times: 2 },
    {
      name: "an act that gets on for a while has all of broker.retry again",
      getsOn: true,
      times: 5,
    },
  ]
) {
  Deno.test(name, async () => {
    using clock = fastForward();
    const config = configFor("");
    config.broker.retry = 15_000;
    let count = 0;
    const act = (session: Session) => {
      if (++count === 5) throw new Error("enough");
      if (getsOn) session.getsOn();
      clock.pass(20_000);
      throw new ConnectionError("Lost for a test");
    };
    const promise = declareThenAct(config, act, { role: "send" });
    if (getsOn) await assertRejects(() => promise, Error, "enough");
    else await assertRejects(() => promise, ConnectionError, "Lost for a test");
    assertEquals(count, times);
  });
}
