/** The senders and receivers of a soak: real scripts, replaced as soon as they have ended. */
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Script, start } from "../support/scripts.ts";
import { readNumber } from "../support/read_number.ts";
import { readReceived } from "../support/tally.ts";
import { type Ledger, payloadOf } from "./ledger.ts";

const CONFIG = fileURLToPath(new URL("../../examples/cluster.yaml", import.meta.url));

/** After how many messages a sender is followed by the next: only at its end it says what it sent. */
const MESSAGES_A_SENDER = 4_000;
/** How often a sender is given messages, in ms. */
const TICK = 50;
/** How long a script may take to end, in ms: longer than any fault. */
const TIMEOUT = 180_000;

/** What befalls a script. */
export type PostSignal = Ending | "SIGSTOP" | "SIGCONT";
type Ending = "SIGKILL" | "SIGTERM";
type Codes = Record<Ending, number[]>;

/** How much of what a script said is shown when it ends as it should not, in characters. */
const SHOWN = 1_000;

/** What the scripts of a crew have in common. */
export interface CrewOptions {
  ledger: Ledger;
  queue: string;
  /** `host:port` of each node. */
  hosts: string[];
  /** Is told of an end that nobody brought about. */
  onTrouble: (what: string) => void;
}

/** A place for one script at a time, which others follow until it is closed. */
abstract class Post implements AsyncDisposable {
  protected script: Script | undefined;
  protected isClosing = false;
  #ending: Ending | undefined;
  #running: Promise<void> | undefined;

  /** `number` tells posts of a kind apart, from 1 on. */
  constructor(readonly number: number, protected readonly options: CrewOptions) {}

  /** Begins to start scripts, one after the other. */
  open(): void {
    this.#running = this.#run();
  }

  /** Starts no more scripts, and waits for the end of the one that runs. */
  async close(): Promise<void> {
    this.isClosing = true;
    await this.#running;
  }

  /** Ends by force what still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosing = true;
    this.signal("SIGKILL");
    await this.#running;
  }

  /** Sends the script a signal. */
  signal(signal: PostSignal): void {
    if (signal === "SIGKILL" || signal === "SIGTERM") this.#ending = signal;
    this.script?.kill(signal);
  }

  /** With which codes, besides 0, a script may end after a signal. */
  protected abstract readonly codes: Codes;
  protected abstract start(): Script;
  /** Gives a script its work until it has ended, and sees to the books. */
  protected abstract work(script: Script): Promise<void>;

  async #run(): Promise<void> {
    while (!this.isClosing) {
      this.#ending = undefined;
      await using script = this.script = this.start();
      await this.work(script);
      const { code, stderr } = await script.ended();
      // What a signal has set meanwhile.
      const ending = this.#ending as Ending | undefined;
      if (code !== 0 && !(ending && this.codes[ending].includes(code))) {
        this.options.onTrouble(`a script ended with ${code}: ${stderr.slice(-SHOWN)}`);
      }
    }
  }

  /** Each begins with another node. */
  protected get env(): Record<string, string> {
    const { hosts } = this.options;
    const entries = hosts.map((_, index) =>
      [`AMQP_NODE_${index + 1}`, hosts[(this.number + index) % hosts.length] ?? ""] as const
    );
    return Object.fromEntries(entries);
  }

  protected get args(): string[] {
    return ["--config", CONFIG, "--set", `queue.name=${this.options.queue}`];
  }
}

/** Senders, which get a steady stream of messages on their standard input. */
export class SenderPost extends Post {
  /** How many messages it was given. */
  count = 0;
  // Stopped, it may have messages left that are not confirmed in time; just started, it does not
  // listen yet.
  protected override readonly codes: Codes = { SIGKILL: [137], SIGTERM: [4, 143] };

  /** `rate` is how many messages a second it gets. */
  constructor(number: number, options: CrewOptions, readonly rate: number) {
    super(number, options);
  }

  protected override start(): Script {
    return start("send", ["--lines", "-", ...this.args], {
      url: null,
      env: this.env,
      openStdin: true,
      timeout: TIMEOUT,
    });
  }

  protected override async work(script: Script): Promise<void> {
    const given: string[] = [];
    const perTick = this.rate * TICK / 1_000;
    try {
      for (let due = perTick; !this.isClosing && !script.hasEnded; due += perTick) {
        if (given.length >= MESSAGES_A_SENDER) break;
        const length = Math.floor(due);
        due -= length;
        const payloads = Array.from({ length }, () => payloadOf(this.number, this.count++));
        given.push(...payloads);
        this.options.ledger.sent(payloads);
        await script.write(payloads.map((payload) => `${payload}\n`).join(""));
        await delay(TICK);
      }
    } catch {
      // It has ended.
    }
    await script.closeStdin();
    const { stderr } = await script.ended();
    this.options.ledger.confirmed(given.slice(0, claimed(stderr)));
  }
}

/** How many messages, from the first on, a sender calls sent. */
function claimed(stderr: string): number {
  const [, count = "0"] = /^ \[\*\] Sent ([\d,]+) messages?\b/m.exec(stderr) ?? [];
  return readNumber(count);
}

/** Receivers, whose standard output is read as it comes. */
export class ReceiverPost extends Post {
  /** How many messages have come by it. */
  count = 0;
  protected override readonly codes: Codes = { SIGKILL: [137], SIGTERM: [143] };

  protected override start(): Script {
    const decoder = new TextDecoder();
    let rest = "";
    const onStdout = (bytes: Uint8Array) => {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      if (lines.length) this.#note(lines);
    };
    return start("receive", ["--format", "json", ...this.args], {
      url: null,
      env: this.env,
      onStdout,
      timeout: TIMEOUT,
    });
  }

  protected override work(script: Script): Promise<void> {
    return script.exit();
  }

  override close(): Promise<void> {
    this.isClosing = true;
    this.signal("SIGTERM");
    return super.close();
  }

  #note(lines: string[]): void {
    const messages = lines.map(readReceived);
    this.count += messages.length;
    this.options.ledger.received(messages);
  }
}
