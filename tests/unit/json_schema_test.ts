/** config.schema.json, which editors complete, explain and check configs with. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "yaml";
import schema from "../../config.schema.json" with { type: "json" };
import { problemsOf } from "../support/json_schema.ts";

const root = new URL("../../", import.meta.url);

interface Schema {
  description?: string;
  default?: unknown;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
}

/** Every key with its schema, those in lists and alternatives too. */
function* keysOf({ properties = {}, items, anyOf = [] }: Schema, path = ""): Generator<
  [key: string, schema: Schema]
> {
  for (const [name, inner] of Object.entries(properties)) {
    yield [`${path}${name}`, inner];
    yield* keysOf(inner, `${path}${name}.`);
  }
  for (const inner of [...items ? [items] : [], ...anyOf]) yield* keysOf(inner, path);
}

Deno.test("config.schema.json describes every key, with its default", () => {
  const keys = [...keysOf(schema as Schema)];
  assert(keys.length > 80, `it has only ${keys.length}`);
  for (const [key, { description, default: standard }] of keys) {
    assert(description, `${key} has no description`);
    if (standard === undefined || typeof standard === "object") continue;
    assertStringIncludes(description, `Default: ${standard === "" ? '""' : standard}`);
  }
});

Deno.test("config.schema.json takes every config that is here", () => {
  const folders = [".", "examples"].map((folder) => new URL(`${folder}/`, root));
  const files = folders.flatMap((folder) =>
    [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".yaml"))
      .map(({ name }) => new URL(name, folder))
  );
  assert(files.length > 10);
  for (const file of files) {
    assertEquals(problemsOf(parse(Deno.readTextFileSync(file))), [], file.pathname);
  }
});

for (
  const [config, problem] of [
    ["broker: {port: 5672a}", "/broker/port must match pattern"],
    ["broker: {port: 0}", "/broker/port must be >= 1"],
    ["broker: {port: '${PORT}'}", "/broker/port must match pattern"],
    ["broker: {hots: h}", "/broker must NOT have additional properties"],
    ["broker: {heartbeat: 10}", "/broker/heartbeat must be string"],
    ["broker: {heartbeat: 10x}", "/broker/heartbeat must match pattern"],
    ["broker: {url: http://h}", "/broker/url must match pattern"],
    ["broker: {tls: sure}", "/broker/tls must match a schema in anyOf"],
    ["queue: {}", "/queue must have required property 'name'"],
    ["queue: {name: q, type: quorom}", "/queue/type must be equal to one of the allowed values"],
    ["queue: {name: q, durable: 'yes'}", "/queue/durable must match pattern"],
    ["queue: {name: q, arguments: {x-overflow: drop}}", "must be equal to one of the allowed"],
    ["queue: {name: q, arguments: {x-queue-type: quorum}}", "must NOT be valid"],
    ["receive: {ack: never}", "/receive/ack must be equal to one of the allowed values"],
  ] as const
) {
  Deno.test(`config.schema.json does not take ${config}`, () => {
    assertStringIncludes(problemsOf(parse(config)).join("\n"), problem);
  });
}
