/** Messages on their way through a queue, for tests that disturb them. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatNumber } from "../../lib/terminal.ts";
import { until } from "./processes.ts";
import { type TestQueue, testQueue } from "./queues.ts";
import { type Script, start, TEST_URL } from "./scripts.ts";
import { compare, payloads, readReceived, type Received, receivedOf } from "./tally.ts";

/** How one of the scripts is run. */
export interface TrafficScript {
  /** By which way it goes to the broker. Default: the straight one. */
  url?: string;
  /** More arguments. */
  args?: string[];
}

/** What is sent, and how. */
export interface TrafficOptions {
  /** How many messages. */
  count: number;
  /** Default: one of its own. */
  queue?: TestQueue;
  /** Where files can be put. */
  dir: string;
  /** The broker, for whoever is not told to go another way. Default: the one under test. */
  url?: string;
  sender?: TrafficScript;
  receiver?: TrafficScript;
}

/** A sender of many lines and a receiver that writes to a file, at work on a queue of their own. */
export class Traffic implements AsyncDisposable {
  /** The payloads. */
  readonly sent: string[];
  readonly sender: Script;
  readonly receiver: Script;
  readonly queue: TestQueue;
  readonly #output: string;

  constructor(options: TrafficOptions) {
    const { count, dir, url = TEST_URL, sender = {}, receiver = {} } = options;
    this.sent = payloads(count);
    this.queue = options.queue ?? testQueue(url);
    const { name, args } = this.queue;
    this.#output = `${dir}/received-${name}`;
    const input = `${dir}/lines-${name}`;
    Deno.writeTextFileSync(input, this.sent.join("\n"));
    this.sender = start("send", ["--lines", input, ...args, ...sender.args ?? []], {
      url: sender.url ?? url,
    });
    this.receiver = start("receive", ["--format", "json", ...args, ...receiver.args ?? []], {
      url: receiver.url ?? url,
      env: { OUTPUT: this.#output },
      shell: 'exec "$@" >"$OUTPUT"',
    });
  }

  /** Waits until so many bytes were received: a message is some 300. */
  async isUnderWay(bytes: number): Promise<void> {
    const size = () => Deno.stat(this.#output).then((file) => file.size, () => 0);
    await until(async () => await size() > bytes, { what: "messages flow" });
    assert(!this.sender.hasEnded, "the sender has ended before it was disturbed");
  }

  /**
   * Lets both finish, as they should after whatever has befallen them: the sender has sent all, the
   * receiver ends when it is told to.
   *
   * @returns What was received and what is left in the queue.
   */
  async finish(): Promise<Received[]> {
    const { code, stderr } = await this.sender.ended();
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, `Sent ${formatNumber(this.sent.length)} messages`);
    await until(async () => await this.queue.count() === 0, { what: "all were delivered" });
    this.receiver.kill("SIGINT");
    const ended = await this.receiver.ended();
    assertEquals(ended.code, 0, ended.stderr);
    const received = await this.#printed();
    // What a lost connection has not acknowledged comes back once the broker sees the loss too. If
    // something never does, the caller's assertion says it better.
    const isComplete = async () => {
      received.push(...(await this.queue.takeAll()).map(receivedOf));
      return compare(this.sent, received).lost === 0;
    };
    await until(isComplete, { what: "every message has come" }).catch(() => {});
    return received;
  }

  async #printed(): Promise<Received[]> {
    const lines = (await Deno.readTextFile(this.#output)).trimEnd().split("\n");
    return lines.map(readReceived);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sender[Symbol.asyncDispose]();
    await this.receiver[Symbol.asyncDispose]();
    await this.queue[Symbol.asyncDispose]();
  }
}
