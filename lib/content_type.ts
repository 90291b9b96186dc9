/** `application/json`, and what is JSON by its suffix (RFC 6839); parameters may follow. */
const JSON_TYPE = /^\s*(?:application\/json|[^\s/;]+\/[^\s/;]+\+json)\s*(?:;|$)/i;

/** Whether a content type says that a payload is JSON. */
export function isJsonType(contentType: string): boolean {
  return JSON_TYPE.test(contentType);
}
