import type { StandardSchema } from "@iftk/core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { deltas, finish, scriptedChat } from "../fixtures/scripted-chat.js";
import { messagesToObject } from "./messages-to-object.js";
import { modelSchema } from "./model-schema.js";

const told = (schema: z.ZodType): unknown => modelSchema(schema, undefined).schema;

/** A schema of a library that tells no JSON Schema. */
const silent: StandardSchema<unknown, string> = { "~standard": { version: 1, vendor: "silent", validate: (value) => (typeof value === "string" ? { value } : { issues: [{ message: "no text", path: [{ key: "at" }, 0] }] }) } };

describe("what a model is told", () => {
  test("is the schema of what goes in, with objects closed unless they say otherwise", () => {
    const inner = z.object({ x: z.number() });
    expect(told(z.object({ a: inner, b: z.array(inner).optional(), c: z.looseObject({}), e: z.record(z.string(), inner), f: z.union([inner, z.null()]), g: z.string().transform(Number) }))).toEqual({
      type: "object",
      properties: {
        a: { type: "object", properties: { x: { type: "number" } }, required: ["x"], additionalProperties: false },
        b: { type: "array", items: { type: "object", properties: { x: { type: "number" } }, required: ["x"], additionalProperties: false } },
        c: { type: "object", properties: {}, additionalProperties: {} },
        e: { type: "object", propertyNames: { type: "string" }, additionalProperties: { type: "object", properties: { x: { type: "number" } }, required: ["x"], additionalProperties: false } },
        f: { anyOf: [{ type: "object", properties: { x: { type: "number" } }, required: ["x"], additionalProperties: false }, { type: "null" }] },
        g: { type: "string" },
      },
      required: ["a", "c", "e", "f", "g"],
      additionalProperties: false,
    });
  });

  test("has no objects closed that are met together with others, and is of the draft that the library has", () => {
    const open = { type: "object", properties: { x: { type: "number" } } };
    const asked: string[] = [];
    const told: StandardSchema<unknown> = {
      "~standard": {
        ...silent["~standard"],
        jsonSchema: {
          input({ target }: { target: string }) {
            asked.push(target);
            if (target !== "draft-07") throw new Error("no such draft");
            return { type: "object", allOf: [open, { ...open, properties: {} }], properties: { y: open } };
          },
        },
      } as StandardSchema<unknown>["~standard"],
    };
    expect([modelSchema(told, undefined).schema, asked]).toEqual([{ type: "object", allOf: [open, { ...open, properties: {} }], properties: { y: { ...open, additionalProperties: false } } }, ["draft-2020-12", "draft-07"]]);
  });

  test("keeps values and names that look like schemas as they are", () => {
    const schema = z.object({ properties: z.literal("type"), $ref: z.string().default("#") });
    expect(told(schema)).toMatchObject({ properties: { properties: { const: "type" }, $ref: { default: "#" } }, additionalProperties: false });
    expect(told(z.array(schema))).toMatchObject({ properties: { value: { items: { properties: { $ref: { default: "#" } } } } } });
  });

  test("is an object around a value that is none, with references that still lead where they led", () => {
    const tree = z.object({
      get kids() {
        return z.array(tree);
      },
    });
    expect(told(z.array(tree))).toEqual({
      type: "object",
      properties: { value: { type: "array", items: { $ref: "#/$defs/__schema0" } } },
      required: ["value"],
      additionalProperties: false,
      $defs: { __schema0: { type: "object", properties: { kids: { type: "array", items: { $ref: "#/$defs/__schema0" } } }, required: ["kids"], additionalProperties: false } },
    });
    expect(modelSchema(silent, { anyOf: [{ type: "string" }, { type: "array", items: { $ref: "#" } }] }).schema).toMatchObject({ properties: { value: { anyOf: [{ type: "string" }, { type: "array", items: { $ref: "#/properties/value" } }] } } });
  });

  test("is what is given, where something is", () => {
    const given = { $schema: "https://json-schema.org/draft/2020-12/schema", type: "object", properties: { a: {} } };
    expect(modelSchema(silent, given).schema).toEqual({ type: "object", properties: { a: {} } });
  });
});

test("a schema without a JSON Schema is refused, with the reason", () => {
  expect(() => modelSchema(silent, undefined)).toThrow("the schema (silent) has no JSON Schema to tell a model: its library does not follow StandardJSONSchemaV1; give one by the option jsonSchema");
  expect(() => modelSchema(z.object({ at: z.date() }), undefined)).toThrow("the schema (zod) has no JSON Schema to tell a model: Date cannot be represented in JSON Schema");
});

test("a value that is no object is shown and given without the object around it", async () => {
  const { chat } = scriptedChat([...deltas('{"value":["Ada","Bob"]}', 14), finish()]);
  const parts: unknown[] = [];
  for await (const part of messagesToObject({ chat, schema: z.array(z.string()) })({ messages: [{ role: "user", content: "Who?" }] })) parts.push(part);
  expect(parts).toEqual([{ type: "object-partial", value: ["Ada"] }, { type: "object-partial", value: ["Ada", "Bob"] }, { type: "object", object: ["Ada", "Bob"] }, finish()]);
});

test("a schema of another library validates, and its issues have their places", async () => {
  const { chat } = scriptedChat([...deltas('{"value":5}', 50), finish()]);
  const stage = messagesToObject({ chat, schema: silent, jsonSchema: { type: "string" }, attempts: 1 });
  const read = async (): Promise<void> => {
    for await (const part of stage({ messages: [{ role: "user", content: "Who?" }] })) void part;
  };
  await expect(read()).rejects.toThrow("it does not fit the schema: at[0]: no text");
});
