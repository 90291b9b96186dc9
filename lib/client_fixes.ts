/** Corrects what `@cloudamqp/amqp-client` 4.1.1 reads and writes wrongly. */
import type { AMQPClient, Field } from "@cloudamqp/amqp-client";
import { AMQPView } from "@cloudamqp/amqp-client/amqp-view";

/** `basic.nack`: class 60, method 120, as they stand in a frame (AMQP 0-9-1, section 4.2.3). */
const NACK = (60 << 16) | 120;
const METHOD_FRAME = 1;
const LONG = "l".charCodeAt(0);
const DOUBLE = "d".charCodeAt(0);

/**
 * Makes a client settle all that a `basic.nack` refuses: RabbitMQ sets the bit `requeue` beside
 * `multiple`, and the client then takes it for the refusal of a single message; the others would be
 * waited for without end.
 */
export function fixNacks(client: AMQPClient): void {
  const parser = client as unknown as { parseFrames(view: AMQPView): void };
  const parse = parser.parseFrames.bind(client);
  parser.parseFrames = (view) => {
    // Type, channel, size (7 bytes), class and method (4), delivery tag (8), bits.
    if (view.getUint8(0) === METHOD_FRAME && view.getUint32(7) === NACK) {
      view.setUint8(19, view.getUint8(19) & 1);
    }
    parse(view);
  };
}

/**
 * Makes all clients keep the numbers of headers: integers beyond 2⁵³, which were rounded, come in as
 * bigints, and fractions, which went out as 32-bit floats, go out as doubles.
 */
function fixNumbers(): void {
  const { getField, setField } = AMQPView.prototype;
  AMQPView.prototype.getField = function (at, littleEndian): [Field, number] {
    const [value, length] = getField.call(this, at, littleEndian);
    const isRounded = this.getUint8(at) === LONG && !Number.isSafeInteger(value);
    return [isRounded ? this.getBigInt64(at + 1, littleEndian) : value, length];
  };
  AMQPView.prototype.setField = function (at, value, littleEndian) {
    if (typeof value !== "number" || Number.isInteger(value)) {
      return setField.call(this, at, value, littleEndian);
    }
    this.setUint8(at, DOUBLE);
    this.setFloat64(at + 1, value, littleEndian);
    return 1 + 8;
  };
}

fixNumbers();
