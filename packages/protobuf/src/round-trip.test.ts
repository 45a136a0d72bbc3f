import { fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { describeTasks } from "./describe-tasks.js";
import type { TaskMethod } from "./describe-tasks.js";
import { taskOf } from "./fixtures/task-of.js";

/** A schema, and the values that fit it. */
interface Sample {
  readonly schema: z.ZodType;
  readonly values: fc.Arbitrary<unknown>;
}

const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const text = fc.string({ unit: "binary" }).filter((value) => value.isWellFormed());
const integer = (schema: z.ZodType, min: number, max: number): Sample => ({ schema, values: fc.integer({ min, max }) });

const single: readonly Sample[] = [
  { schema: z.string(), values: text },
  { schema: z.boolean(), values: fc.boolean() },
  { schema: z.number(), values: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  integer(z.int(), Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  integer(z.int().min(0), 0, Number.MAX_SAFE_INTEGER),
  integer(z.int32(), -(2 ** 31), 2 ** 31 - 1),
  integer(z.uint32(), 0, 2 ** 32 - 1),
  { schema: z.enum(["one", "two-words", "THREE"]), values: fc.constantFrom("one", "two-words", "THREE") },
  { schema: z.base64(), values: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("base64")) },
  { schema: z.any(), values: json },
  { schema: z.union([z.string(), z.int()]), values: fc.oneof(text, fc.integer()) },
  { schema: z.string().nullable(), values: fc.option(text) },
  { schema: z.array(z.array(z.string())), values: fc.array(fc.array(text)) },
  { schema: z.looseObject({ a: z.string() }), values: fc.record({ a: text, b: fc.integer() }) },
];

const binary: Sample = { schema: z.instanceof(Uint8Array).meta({ contentEncoding: "binary" }), values: fc.uint8Array() };

const names = ["text", "startIndex", "constructor", "toString", "valueOf", "top2Scores", "has-dash", "snake_case", "x", "Upper"];

/** Samples that may hold bytes, or may not: a list of lists and the like are sent as JSON, which cannot carry them. */
function sample(depth: number, bytes: boolean): fc.Arbitrary<Sample> {
  const scalar = fc.constantFrom(...single, ...(bytes ? [binary] : []));
  if (depth === 0) return scalar;
  const inner = bytes ? fc.oneof(scalar, objectSample(depth - 1, true), sample(depth - 1, false)) : sample(depth - 1, false);
  const list = inner.map(({ schema, values }): Sample => ({ schema: z.array(schema), values: fc.array(values, { maxLength: 4 }) }));
  const map = inner.map(({ schema, values }): Sample => ({ schema: z.record(z.string(), schema), values: fc.dictionary(text, values, { maxKeys: 4 }) }));
  return fc.oneof(scalar, list, map, objectSample(depth, bytes));
}

function objectSample(depth: number, bytes: boolean): fc.Arbitrary<Sample> {
  const property = fc.record({ name: fc.constantFrom(...names), sample: sample(Math.max(0, depth - 1), bytes), isOptional: fc.boolean() });
  return fc.uniqueArray(property, { selector: ({ name }) => name, maxLength: 6 }).map((properties) => {
    const optional = properties.filter(({ isOptional }) => isOptional).map(({ name }) => name);
    const values = fc.record(Object.fromEntries(properties.map((one) => [one.name, one.sample.values])), { requiredKeys: properties.map(({ name }) => name).filter((name) => !optional.includes(name)) });
    return {
      schema: z.object(Object.fromEntries(properties.map((one) => [one.name, one.isOptional ? one.sample.schema.optional() : one.sample.schema]))),
      values: values.map((value) => withoutEmpty(value, optional)),
    };
  });
}

/** An optional list that is empty is the same as none. */
function withoutEmpty(value: object, optional: readonly string[]): object {
  const isEmpty = (item: unknown): boolean => typeof item === "object" && item !== null && !(item instanceof Uint8Array) && Object.keys(item).length === 0;
  return Object.fromEntries(Object.entries(value).filter(([name, item]) => !(optional.includes(name) && isEmpty(item))));
}

const cases = (of: fc.Arbitrary<Sample>) => of.chain(({ schema, values }) => fc.record({ schema: fc.constant(schema), values: fc.array(values, { minLength: 1, maxLength: 3 }) }));
const methodsOf = (...parameters: Parameters<typeof taskOf>): readonly TaskMethod[] => describeTasks([taskOf(...parameters)], { domain: "Test" }).methods;

describe("messages", () => {
  it("carry any value of any schema to the other end, through bytes", () => {
    fc.assert(
      fc.property(cases(sample(3, true)), ({ schema, values }) => {
        const { result } = methodsOf({ input: z.string(), output: schema })[0] as TaskMethod;
        for (const value of values) {
          const bytes = toBinary(result.desc, result.toMessage(value));
          expect(plain(result.fromMessage(fromBinary(result.desc, bytes)))).toEqual(plain(value));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("carry any input and parameters of any schema in each mode, also as an input of a later message", () => {
    const both = fc.record({ input: cases(sample(2, true)), parameters: cases(objectSample(2, true)) });
    fc.assert(
      fc.property(both, ({ input, parameters }) => {
        const named = z.object({ given: parameters.schema });
        for (const { request, mode } of methodsOf({ input: z.object({ input: input.schema }), output: z.string(), parameters: named })) {
          const through = (sent: object, isFirst: boolean) => plain(request.fromMessage(fromBinary(request.desc, toBinary(request.desc, request.toMessage(sent))), isFirst));
          const given = { given: parameters.values[0] };
          for (const value of input.values) {
            expect(through({ input: { input: value } }, mode === "unary")).toEqual(plain({ input: { input: value } }));
            expect(through({ input: { input: value }, parameters: given }, false)).toEqual(plain({ input: { input: value }, parameters: given }));
          }
          if (mode === "bidi") expect(through({ parameters: given }, true)).toEqual(plain({ parameters: given }));
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** The same with arrays of bytes of one class, and integers without a sign of zero. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
