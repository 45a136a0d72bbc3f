import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { randomPipeline } from "../launch/fixtures/random-pipeline.js";
import { pipelineJsonSchema } from "./pipeline-json-schema.js";
import { readPipeline } from "./read-pipeline.js";

const published = join(import.meta.dirname, "../../../../docs/pipeline.schema.json");
const schema = z.fromJSONSchema(pipelineJsonSchema() as z.core.JSONSchema.JSONSchema);

// With UPDATE_SCHEMA=1 it is written anew.
test("docs/pipeline.schema.json is the schema", () => {
  const text = `${JSON.stringify(pipelineJsonSchema(), null, 2)}\n`;
  if (process.env["UPDATE_SCHEMA"] === "1") writeFileSync(published, text);
  expect(readFileSync(published, "utf8")).toBe(text);
});

test("whatever is a pipeline is one by the schema", () => {
  fc.assert(fc.property(randomPipeline, (pipeline) => {
    expect(schema.safeParse(pipeline)).toMatchObject({ success: true });
  }), { numRuns: 300 });
});

/** The JSON with another value at one of its places; undefined takes away what is there. */
function changedAt(json: unknown, place: number, value: unknown): unknown {
  let passed = 0;
  const total = (JSON.stringify(json, (_key, inner: unknown) => (passed++, inner)), passed);
  passed = 0;
  return JSON.parse(JSON.stringify(json, (_key, inner: unknown) => (passed++ === 1 + (place % (total - 1)) ? value : inner)));
}

test("whatever is read of a pipeline that was changed anywhere is one by the schema", () => {
  const odd = fc.constantFrom<unknown>(undefined, null, 1, true, "", "a", "a b", "a\n", "constructor", "text/plain, rate=1", "x".repeat(65), [], {}, [null], { a: 1 }, { element: "a" }, { name: "a", element: "a" }, JSON.parse('{"__proto__":1}'));
  let read = 0;
  fc.assert(fc.property(randomPipeline, fc.nat(), odd, (pipeline, place, value) => {
    const json = changedAt({ $schema: "x", ...pipeline }, place, value);
    try {
      readPipeline(json);
    } catch {
      return;
    }
    read++;
    expect(schema.safeParse(json)).toMatchObject({ success: true });
  }), { numRuns: 1000, seed: 7 });
  expect(read).toBeGreaterThan(100);
});

const element = { name: "a", element: "a" };
const cases: readonly unknown[] = [
  null, [], "pipeline", {}, { version: 1, elements: [] }, { version: 2, elements: [], links: [] }, { version: 1, elements: {}, links: [] },
  { version: 1, elements: [element], links: [], more: 1 }, { version: 1, elements: [{ name: "a" }], links: [] }, { version: 1, elements: [{ ...element, bin: { elements: [], links: [] } }], links: [] },
  { version: 1, elements: [{ ...element, name: "1" }], links: [] }, { version: 1, elements: [{ ...element, element: "toString" }], links: [] }, { version: 1, elements: [{ ...element, element: "a".repeat(65) }], links: [] },
  { version: 1, elements: [{ ...element, properties: { name: 1 } }], links: [] }, { version: 1, elements: [{ ...element, properties: { constructor: 1 } }], links: [] }, { version: 1, elements: [{ ...element, properties: { "a b": 1 } }], links: [] },
  { version: 1, elements: [{ ...element, properties: { a: [{ b: { constructor: 1 } }] } }], links: [] }, { version: 1, elements: [{ ...element, properties: [] }], links: [] },
  { version: 1, elements: [{ name: "a", bin: { elements: [element] } }], links: [] }, { version: 1, elements: [{ name: "a", bin: { elements: [5], links: [] } }], links: [] }, { version: 1, elements: [{ name: "a", bin: { elements: [], links: [], version: 1 } }], links: [] },
  { version: 1, elements: [element], links: [{ from: { element: "a" } }] }, { version: 1, elements: [element], links: [{ from: { element: "a" }, to: { element: "a", pad: 1 } }] }, { version: 1, elements: [element], links: [{ from: { element: "a" }, to: { element: "a" }, caps: "x".repeat(257) }] },
  { version: 1, description: "x".repeat(1001), elements: [], links: [] }, { version: 1, elements: Array.from({ length: 1001 }, (_, index) => ({ ...element, name: `a${index}` })), links: [] },
];

test.for(cases.map((json) => [JSON.stringify(json).slice(0, 150), json] as const))("%s is refused by the schema and by the reader", ([, json]) => {
  expect(schema.safeParse(json)).toMatchObject({ success: false });
  expect(() => readPipeline(json)).toThrow(/^pipeline:/);
});
