/**
 * Stands in for `@std/assert` where its registry cannot be reached: the functions that the tests
 * use, with the same names and argument order. `assert_flags.ts` decides which of the two is used.
 *
 * `assertEquals` is a little stricter than the original: an object without a prototype does not
 * equal a plain one, nor 0 -0, and two errors are equal only if all their properties are.
 *
 * @module
 */
import { AssertionError, deepStrictEqual } from "node:assert/strict";

// deno-lint-ignore no-explicit-any -- as in @std/assert: the constructor may take anything
type Class<T> = new (...args: any[]) => T;
// deno-lint-ignore no-explicit-any
type AnyClass<T> = abstract new (...args: any[]) => T;

/** Fails the test with the given reason. */
export function fail(msg?: string): never {
  throw new AssertionError({ message: `Failed assertion${msg ? `: ${msg}` : "."}` });
}

/** Fails unless `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError({ message: msg });
}

/** Fails, and shows a diff, unless both values are deeply and strictly equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  try {
    deepStrictEqual(actual, expected);
  } catch (error) {
    // Given to deepStrictEqual, the text would take the place of the diff.
    if (error instanceof AssertionError && msg) error.message = `${msg}\n${error.message}`;
    throw error;
  }
}

/** Fails unless `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (actual.includes(expected)) return;
  throw failure(`Expected actual: ${quote(actual)} to contain: ${quote(expected)}`, msg);
}

/** Fails unless `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (expected.test(actual)) return;
  throw failure(`Expected actual: ${quote(actual)} to match: ${expected}`, msg);
}

/** Fails unless `actual` is an instance of `expectedType`. */
export function assertInstanceOf<T>(
  actual: unknown,
  expectedType: AnyClass<T>,
  msg?: string,
): asserts actual is T {
  if (actual instanceof expectedType) return;
  const name = actual instanceof Object ? actual.constructor?.name : undefined;
  const got = `${name ?? typeof actual}: ${String(actual)}`;
  throw failure(`Expected an instance of ${expectedType.name} but got ${got}`, msg);
}

/** Fails unless `fn` throws; returns what it threw. */
export function assertThrows(fn: () => unknown): unknown;
/** Fails unless `fn` throws an `ErrorClass` whose message contains `msgIncludes`; returns it. */
export function assertThrows<E extends Error>(
  fn: () => unknown,
  ErrorClass: Class<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  ErrorClass?: Class<Error>,
  msgIncludes?: string,
  msg?: string,
): unknown {
  try {
    fn();
  } catch (error) {
    return checked(error, ErrorClass, msgIncludes, msg);
  }
  throw failure("Expected function to throw", msg);
}

/** Fails unless the promise that `fn` returns is rejected; returns the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>): Promise<unknown>;
/** Fails unless the promise is rejected with an `ErrorClass` whose message contains `msgIncludes`. */
export function assertRejects<E extends Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: Class<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  ErrorClass?: Class<Error>,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch (error) {
    throw failure(`Function throws when expected to reject: ${error}`, msg);
  }
  try {
    await promise;
  } catch (error) {
    return checked(error, ErrorClass, msgIncludes, msg);
  }
  throw failure("Expected function to reject", msg);
}

function checked(
  error: unknown,
  ErrorClass?: Class<Error>,
  msgIncludes?: string,
  msg?: string,
): unknown {
  if (!ErrorClass) return error;
  assertInstanceOf(error, ErrorClass, msg);
  if (msgIncludes !== undefined) assertStringIncludes(error.message, msgIncludes, msg);
  return error;
}

function failure(what: string, msg?: string): AssertionError {
  return new AssertionError({ message: msg ? `${what}: ${msg}` : what });
}

function quote(text: string): string {
  return JSON.stringify(text);
}
