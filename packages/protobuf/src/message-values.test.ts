import { create, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import type { DescMessage, Message } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { describeTasks, type TaskMethod } from "./describe-tasks.js";
import { taskOf } from "./fixtures/task-of.js";

const methodOf = (output: z.ZodType, parameters?: z.ZodType, input: z.ZodType = z.string(), index = 0): TaskMethod => describeTasks([taskOf({ input, output, ...(parameters ? { parameters } : {}) })], { domain: "Test" }).methods[index] as TaskMethod;
const resultOf = (output: z.ZodType) => methodOf(output).result;
/** What another program would send. */
const message = (desc: DescMessage, init: object): Message => fromBinary(desc, toBinary(desc, create(desc, init as Record<string, unknown>)));
const invalid = (text: string): Error => expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(text) }) as Error;

describe("a result", () => {
  it.each<[string, z.ZodType, unknown, string]>([
    ["a text", z.object({ a: z.string() }), { a: 1 }, "ProbeTaskResult.a: expected a string, got 1."],
    ["nothing", z.object({ a: z.string() }), {}, "ProbeTaskResult.a is missing."],
    ["an object", z.object({ a: z.string() }), ["a"], "expected an object, got an array."],
    ["a list", z.object({ a: z.array(z.string()) }), { a: "a" }, "ProbeTaskResult.a: expected an array, got a value of type string."],
    ["a map", z.object({ a: z.record(z.string(), z.string()) }), { a: ["a"] }, "expected an object, got an array."],
    ["an integer", z.object({ a: z.int() }), { a: 1.5 }, "expected an integer within the safe ones, got 1.5."],
    ["an integer of 32 bits", z.object({ a: z.int32() }), { a: 2 ** 31 }, "expected an integer of 32 bits, got 2147483648."],
    ["an integer of 32 bits from 0", z.object({ a: z.uint32() }), { a: -1 }, "expected an integer of 32 bits from 0, got -1."],
    ["a value of an enum", z.object({ a: z.enum(["x", "y"]) }), { a: "z" }, 'expected one of "x", "y", got a value of type string.'],
    ["bytes", z.object({ a: z.instanceof(Uint8Array).meta({ contentEncoding: "binary" }) }), { a: "a" }, "expected a Uint8Array"],
    ["base64", z.object({ a: z.base64() }), { a: "&" }, "the text is not base64."],
    ["plain data", z.object({ a: z.any() }), { a: new Date() }, "Date is no plain data"],
    ["whole characters", z.object({ a: z.string() }), { a: "\uD83E" }, "ProbeTaskResult.a: the text holds half of a character (a lone surrogate), which cannot be sent; cut text between characters."],
    ["whole characters in plain data", z.object({ a: z.any() }), { a: ["\uDD8A"] }, "the text holds half of a character"],
    ["a finite number", z.object({ a: z.any() }), { a: Number.NaN }, "NaN is no plain data"],
  ])("that should hold %s and does not is refused with its place", (_name, schema, value, text) => {
    expect(() => resultOf(schema).toMessage(value)).toThrow(invalid(text));
  });

  it("that is a cycle is refused", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(() => resultOf(z.object({ a: z.any() })).toMessage({ a: cycle })).toThrow(invalid("they form a cycle"));
  });

  it("whose integer is beyond what a number holds, or whose enum has another number, is refused", () => {
    const { desc, fromMessage } = resultOf(z.object({ count: z.int(), level: z.enum(["low", "high"]) }));
    expect(() => fromMessage(message(desc, { count: 2n ** 53n }))).toThrow(invalid("ProbeTaskResult.count: what was sent is beyond"));
    expect(() => fromMessage(message(desc, { level: 7 }))).toThrow(invalid("ProbeTaskResult.level: what was sent is no number of a value"));
  });

  it("tells what was left out from what is empty, where the schema does", () => {
    const { desc, fromMessage, toMessage } = resultOf(z.object({ a: z.string(), b: z.string().optional(), c: z.array(z.string()), d: z.array(z.string()).optional(), e: z.object({ f: z.int() }).optional(), g: z.enum(["x", "y"]), h: z.any() }));
    expect(fromMessage(message(desc, {}))).toEqual({ a: "", c: [], g: "x" });
    expect(fromMessage(message(desc, { b: "", e: {} }))).toEqual({ a: "", b: "", c: [], e: { f: 0 }, g: "x" });
    expect(fromMessage(toMessage({ a: "", b: undefined, c: [], d: [], g: "y", h: undefined }))).toEqual({ a: "", c: [], g: "y" });
  });

  it("has in JSON the names of its properties", () => {
    const { desc, toMessage, fromMessage } = resultOf(z.object({ startIndex: z.int(), "has-dash": z.string(), any: z.any() }));
    const value = { startIndex: 3, "has-dash": "x", any: { a: [1, null] } };
    expect([toJson(desc, toMessage(value)), fromMessage(fromJson(desc, { ...value }))]).toEqual([{ ...value, startIndex: "3" }, value]);
  });

  it("never touches a prototype", () => {
    const { toMessage, fromMessage } = resultOf(z.object({ map: z.record(z.string(), z.any()), constructor: z.string().optional() }));
    const value = { map: JSON.parse('{"__proto__": {"polluted": true}}') as unknown };
    const back = fromMessage(toMessage(value)) as { readonly map: object };
    expect([JSON.stringify(back), Object.getPrototypeOf(back.map) === Object.prototype, ({} as { polluted?: boolean }).polluted]).toEqual(['{"map":{"__proto__":{"polluted":true}}}', true, undefined]);
  });
});

describe("a request", () => {
  const parameters = z.object({ temperature: z.number().default(1), stop: z.array(z.string()).default(["."]), tags: z.array(z.string()) });

  it("leaves out the parameters that were, for their schema knows the defaults", () => {
    const { request } = methodOf(z.string(), parameters);
    expect(request.fromMessage(message(request.desc, { text: "a" }), true)).toEqual({ input: "a", parameters: { tags: [] } });
    expect(request.fromMessage(message(request.desc, { text: "a", temperature: 0, stop: ["x"] }), true)).toEqual({ input: "a", parameters: { temperature: 0, stop: ["x"], tags: [] } });
  });

  it("cannot say that a list is empty where leaving it out means another", () => {
    const { request } = methodOf(z.string(), parameters);
    expect(() => request.toMessage({ input: "a", parameters: { stop: [], tags: [] } })).toThrow(invalid("ProbeTaskRequest.stop: an empty list cannot be sent"));
  });

  it("of a stream may lack an input in the first message alone, and parameters in all but that", () => {
    const { request } = methodOf(z.string(), z.object({ seed: z.int32() }), z.string(), 3);
    const nothing = message(request.desc, {});
    expect([request.fromMessage(nothing, true), request.fromMessage(nothing, false), request.fromMessage(message(request.desc, { textStream: "", seed: 0 }), true)]).toEqual([{}, { input: "" }, { input: "", parameters: { seed: 0 } }]);
  });
});
