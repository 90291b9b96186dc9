/** What an editor says of a config: config.schema.json, by a validator that is not under test. */
import { Ajv } from "ajv";
import schema from "../../config.schema.json" with { type: "json" };

// Keywords that are for editors are unknown to it.
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

/** What is wrong with a value, each with the path of its key; nothing if it is valid. */
export function problemsOf(value: unknown): string[] {
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
