import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { parseConfig } from "../../lib/config.ts";
import { PublishError } from "../../lib/errors.ts";
import { RejectedError, Rejections } from "../../lib/rejections.ts";

const NACK = new RejectedError();
const FINAL = "rejected by the broker: the queue is full, or cannot store it";
const more = { isLast: false };

function rejections(queue = ""): Rejections {
  return new Rejections(parseConfig(`queue: {name: q${queue}}`));
}

Deno.test("Rejections tries again five sessions in a row, then a rejection is final", () => {
  const judge = rejections();
  for (let session = 0; session < 5; session++) {
    const error = judge.judge(NACK, more);
    assertInstanceOf(error, PublishError);
    assert(error.retryable && error.cure !== "");
    assertEquals(error.exitCode, 4);
  }
  assertEquals(judge.judge(NACK, more), FINAL);
  judge.reset();
  assertInstanceOf(judge.judge(NACK, more), PublishError);
});

for (const overflow of ["reject-publish", "reject-publish-dlx"]) {
  Deno.test(`a rejection is final at once with x-overflow: ${overflow}`, () => {
    const queue = `, type: classic, arguments: {x-max-length: 1, x-overflow: ${overflow}}`;
    assertEquals(rejections(queue).judge(NACK, more), FINAL);
  });
}

Deno.test("with x-overflow: drop-head a rejection is not final: that is not why", () => {
  const queue = ", type: classic, arguments: {x-max-length: 1, x-overflow: drop-head}";
  assertInstanceOf(rejections(queue).judge(NACK, more), PublishError);
});

Deno.test("a rejection is final when there will be no other session", () => {
  assertEquals(rejections().judge(NACK, { isLast: true }), FINAL);
});

Deno.test("any other failure of a publish is final, with its reason escaped", () => {
  assertEquals(rejections().judge(new Error("no\x1b"), more), "cannot be sent: no\\x1b");
});
