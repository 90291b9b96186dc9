/**
 * Parses JSON without rounding: integers that a number cannot hold become bigints.
 *
 * @throws {SyntaxError} If the text is no JSON.
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text, exactIntegers);
}

function exactIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source ?? "";
  return typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source)
    ? BigInt(source)
    : value;
}
