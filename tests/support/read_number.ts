/** Reads a whole number whose thousands are set apart. */
export function readNumber(text: string): number {
  return Number(text.replaceAll(",", ""));
}
