/**
 * Corrects what `@cloudamqp/amqp-client` 4.1.1 reads and writes wrongly, or slowly, in the fields of
 * frames.
 */
import type { Field } from "@cloudamqp/amqp-client";
import { AMQPView } from "@cloudamqp/amqp-client/amqp-view";
import { DEEPEST, LONGEST_SHORT_STRING } from "./field_table.ts";

const LONG = "l".charCodeAt(0);
const DOUBLE = "d".charCodeAt(0);

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
const { getField, setField, getByteArray } = AMQPView.prototype;

/** Integers beyond 2⁵³, which were rounded, come in as bigints. */
AMQPView.prototype.getField = function (at, littleEndian): [Field, number] {
  const [value, length] = getField.call(this, at, littleEndian);
  const isRounded = this.getUint8(at) === LONG && !Number.isSafeInteger(value);
  return [isRounded ? this.getBigInt64(at + 1, littleEndian) : value, length];
};

/** Fractions, which went out as 32-bit floats, go out as doubles. */
AMQPView.prototype.setField = function (at, value, littleEndian) {
  if (typeof value !== "number" || Number.isInteger(value)) {
    return setField.call(this, at, value, littleEndian);
  }
  this.setUint8(at, DOUBLE);
  this.setFloat64(at + 1, value, littleEndian);
  return 1 + 8;
};

/** Bytes are copied: the buffer that they stand in is used again. */
AMQPView.prototype.getByteArray = function (at, littleEndian) {
  refuseBeyond(this, at + 4 + this.getUint32(at, littleEndian));
  const [bytes, length] = getByteArray.call(this, at, littleEndian);
  return [bytes.slice(), length];
};

/** Numbers that would be rounded, with a warning on standard error, are none that a broker counts to. */
AMQPView.prototype.getUint64 = function (at) {
  const value = 2 ** 32 * this.getUint32(at) + this.getUint32(at + 4);
  if (value > Number.MAX_SAFE_INTEGER) throw new RangeError(`${value} is too large`);
  return value;
};

/** Nothing ends after its table. */
AMQPView.prototype.getTable = function (at, littleEndian) {
  const [start, end] = contentAt(this, at, littleEndian);
  const entries: [string, Field][] = [];
  descend(() => {
    let next = start;
    while (next < end) {
      const [key, keyLength] = this.getShortString(next);
      const [value, length] = this.getField(next + keyLength, littleEndian);
      entries.push([key, value]);
      next += keyLength + length;
    }
    return next;
  }, end);
  return [Object.fromEntries(entries), end - at];
};

/** Nothing ends after its list. */
AMQPView.prototype.getArray = function (at, littleEndian) {
  const [start, end] = contentAt(this, at, littleEndian);
  const items: Field[] = [];
  descend(() => {
    let next = start;
    while (next < end) {
      const [value, length] = this.getField(next, littleEndian);
      items.push(value);
      next += length;
    }
    return next;
  }, end);
  return [items, end - at];
};

let depth = 0;

/** Reads what stands in a table or list, up to where it must end. */
function descend(read: () => number, end: number): void {
  if (depth === DEEPEST) throw new RangeError(`Tables in tables, more than ${DEEPEST}`);
  depth++;
  try {
    if (read() !== end) throw new RangeError("A field ends after its table");
  } finally {
    depth--;
  }
}

function contentAt(view: AMQPView, at: number, littleEndian?: boolean): [number, number] {
  const start = at + 4;
  const end = start + view.getUint32(at, littleEndian);
  refuseBeyond(view, end);
  return [start, end];
}

/** Beyond the frames stands what came before. */
function refuseBeyond(view: AMQPView, end: number): void {
  if (end > view.byteLength) throw new RangeError("A field ends after its frame");
}

// The client's own way with strings is Node's Buffer, which takes 13 ms to load.

AMQPView.prototype.getShortString = function (at) {
  const length = this.getUint8(at);
  return [decode(this, at + 1, length), 1 + length];
};

AMQPView.prototype.getLongString = function (at, littleEndian) {
  const length = this.getUint32(at, littleEndian);
  return [decode(this, at + 4, length), 4 + length];
};

AMQPView.prototype.setShortString = function (at, text) {
  const bytes = encoder.encode(text);
  if (bytes.length > LONGEST_SHORT_STRING) {
    throw new Error(`A short string of ${bytes.length} bytes; AMQP allows 255`);
  }
  this.setUint8(at, bytes.length);
  return 1 + write(this, at + 1, bytes);
};

AMQPView.prototype.setLongString = function (at, text, littleEndian) {
  const bytes = encoder.encode(text);
  this.setUint32(at, bytes.length, littleEndian);
  return 4 + write(this, at + 4, bytes);
};

function decode(view: AMQPView, at: number, length: number): string {
  refuseBeyond(view, at + length);
  const { buffer, byteOffset } = view;
  return decoder.decode(new Uint8Array(buffer, byteOffset + at, length));
}

function write({ buffer, byteOffset }: AMQPView, at: number, bytes: Uint8Array): number {
  new Uint8Array(buffer, byteOffset + at, bytes.length).set(bytes);
  return bytes.length;
}
