/** What a client is, to the bench: programs that send, receive, or send one message. */
import type { Command } from "./process.ts";

/** What a program is to do. */
export interface Job {
  url: string;
  queue: string;
  /** Its type. */
  type: string;
  /** How many messages to receive. */
  count: number;
  /** The file with the messages to send, one a line. */
  file: string;
}

/** How a client does one kind of job. */
export interface Way {
  command: (job: Job) => Command;
  /** What part of the messages of a fast client it gets, because it is slow. @default 1 */
  share?: number;
  /** The largest payload that it can do, in bytes. @default any */
  largest?: number;
  /** Whether it ends well although the broker has not got all that it sent. @default false */
  mayLose?: boolean;
  /** What it prints in full: a line a message, or the bytes of the payloads. @default lines */
  prints?: "lines" | "bytes";
}

/** A way to send one message, from a new process on. */
export interface Start extends Way {
  /** How it is started, where a client has several. */
  setting?: string;
}

/** A client. */
export interface Client {
  name: string;
  /** How it is used here, in words for the report. */
  usage: string;
  send: Way;
  receive: Way;
  starts: Start[];
}

/** The payload of a one-shot send. */
export const WORD = "Hello";
