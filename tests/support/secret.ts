/** The password of the broker under test, which nothing may ever print. */

/** With all that URLs, YAML and shells treat in a way of their own. */
export const SECRET = `s3cr:t@/#%"'$x\\`;

const ENCODED = encodeURIComponent(SECRET);
/** How it could show: as it is, in a URL, in JSON, in part. */
const FORMS = [
  SECRET,
  ENCODED,
  ENCODED.replaceAll("'", "%27"),
  JSON.stringify(SECRET).slice(1, -1),
  "s3cr:t",
  "s3cr%3At",
];

/** Whether a text holds the password, in any of its forms. */
export function holdsSecret(text: string): boolean {
  return FORMS.some((form) => text.includes(form));
}

/**
 * Makes sure that what a script printed does not hold the password.
 *
 * @throws {Error} If it does; it is not told where, which would print it.
 */
export function assertNoSecret(printed: string, what: string): void {
  if (holdsSecret(printed)) throw new Error(`The password is in what ${what} printed`);
}
