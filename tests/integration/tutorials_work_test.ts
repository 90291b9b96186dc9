/** RabbitMQ's tutorial 2: workers share tasks, each of which takes a second a dot. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { testWithPika, Tutorial } from "../support/pika_tutorials.ts";
import { until } from "../support/processes.ts";
import type { Script } from "../support/scripts.ts";

/** A task that no test waits for. */
const ENDLESS = "An endless task" + ".".repeat(100);

const workQueues = () => new Tutorial("examples/2-work-queues.yaml", "queue", "task_queue");

const START = {
  ours: (tutorial: Tutorial) => tutorial.start("receive"),
  "pika's": (tutorial: Tutorial) => tutorial.startPika("worker"),
};
type Worker = keyof typeof START;

async function startIdle(which: Worker, tutorial: Tutorial): Promise<Script> {
  const worker = START[which](tutorial);
  await worker.said("[*] Waiting for messages");
  return worker;
}

/** Starts a worker, alone as yet, and sees to it that it is in the middle of an endless task. */
async function startBusy(which: Worker, tutorial: Tutorial): Promise<Script> {
  const worker = await startIdle(which, tutorial);
  await tutorial.send([ENDLESS]);
  await until(async () => await tutorial.ready() === 0, { what: "it has the task" });
  return worker;
}

testWithPika("tutorial 2: pika's worker does what send sends", async () => {
  await using tutorial = workQueues();
  assertEquals(await tutorial.send(["A task."]), " [x] Sent 'A task.'\n");
  await using worker = tutorial.startPika("worker");
  await worker.said("[x] Done");
  assertStringIncludes(worker.stdout, "[x] Received 'A task.'");
});

testWithPika("tutorial 2: our worker does what pika sends, a second a dot", async () => {
  await using tutorial = workQueues();
  await tutorial.pika("send", "quorum", "A task..");
  const began = performance.now();
  await tutorial.receive(["--count", "1"]);
  const took = performance.now() - began;
  assert(took >= 2_000, `it took ${took} ms`);
  assertEquals(await tutorial.ready(), 0);
});

for (
  const { busy, free } of [
    { busy: "ours", free: "ours" },
    { busy: "ours", free: "pika's" },
    { busy: "pika's", free: "ours" },
  ] as const
) {
  testWithPika(
    `tutorial 2: while one worker (${busy}) is busy, another (${free}) does the rest`,
    async () => {
      await using tutorial = workQueues();
      await using busyWorker = await startBusy(busy, tutorial);
      await using freeWorker = await startIdle(free, tutorial);
      const tasks = ["one", "two", "three", "four"];
      await tutorial.send(["--lines", "-"], { stdin: tasks.join("\n") });
      for (const task of tasks) await freeWorker.said(`'${task}'`);
      const { stdout, stderr } = busyWorker;
      assertEquals(tasks.filter((task) => (stdout + stderr).includes(`'${task}'`)), []);
    },
  );
}

testWithPika("tutorial 2: what our worker is killed in the middle of, pika's gets", async () => {
  await using tutorial = workQueues();
  await using ours = await startBusy("ours", tutorial);
  await using other = await startIdle("pika's", tutorial);
  ours.kill("SIGKILL");
  await other.said(`Received '${ENDLESS}'`);
});

testWithPika("tutorial 2: what pika's worker is killed in the middle of, ours does", async () => {
  await using tutorial = workQueues();
  await using other = await startIdle("ours", tutorial);
  await using pika = await startIdle("pika's", tutorial);
  // Each of the two gets one of them, because it has no other.
  const tasks = ["one task...", "another..."];
  await tutorial.send(["--lines", "-"], { stdin: tasks.join("\n") });
  await pika.said("Received");
  pika.kill("SIGKILL");
  for (const task of tasks) await other.said(`Done '${task}'`);
});
