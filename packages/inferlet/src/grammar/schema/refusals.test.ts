import { expect, test } from "vitest";
import { acceptsText } from "../fixtures/accepts.js";
import { Grammar } from "../grammar.js";

test.each<[object | boolean, string]>([
  [{ not: { type: "string" } }, 'schema #: the keyword "not" cannot be held'],
  [{ type: "object", properties: { "a/b": { if: {} } } }, 'schema #/properties/a~1b: the keyword "if"'],
  [{ type: "array", uniqueItems: true }, "uniqueItems"],
  [{ type: "array", contains: {} }, '"contains"'],
  [{ propertyNames: {} }, '"propertyNames"'],
  [{ unevaluatedProperties: false }, '"unevaluatedProperties"'],
  [{ typo: 1 }, '"typo"'],
  [{ type: "text" }, 'type: "text" is none'],
  [{ type: "string", minLength: -1 }, "minLength: expected an integer of at least 0"],
  [{ type: "string", format: "ipv6" }, 'the format "ipv6" cannot be held'],
  [{ type: "string", pattern: "a(?!b)" }, "look ahead"],
  [{ type: "number", multipleOf: 0.1 }, "multipleOf: 0.1 cannot be held"],
  [{ type: "integer", minimum: 1e30 }, "bounds of more than 21 digits"],
  [{ $ref: "other.json" }, "cannot be followed"],
  [{ $ref: "#/$defs/none" }, "leads nowhere"],
  [{ $ref: "#" }, "made of itself"],
  [{ $defs: { a: { $ref: "#/$defs/b" }, b: { anyOf: [{ $ref: "#/$defs/a" }] } }, $ref: "#/$defs/a" }, "made of itself"],
  [{ oneOf: [{ type: "integer" }, { type: "number" }] }, "oneOf: no value may be of both alternatives 0 and 1"],
  [{ oneOf: [{ type: "object", properties: { a: { type: "string" } } }, { type: "object", properties: { b: { type: "string" } } }] }, "oneOf"],
  [{ type: "object", minProperties: 2 }, "minProperties: 2 cannot be held"],
  [{ patternProperties: { "^a": {} } }, "patternProperties beside other properties"],
  [{ patternProperties: { "^a": {}, "b$": {} }, additionalProperties: false }, "may match two of the patterns"],
  [false, "no text fits it"],
  [{ type: "string", minLength: 3, maxLength: 2 }, "no text fits it"],
  [{ allOf: [{ type: "string" }, { type: "number" }] }, "no text fits it"],
  [{ type: "object", properties: { a: { $ref: "#" } }, required: ["a"] }, "no text fits it"],
  [{ enum: [] }, "no text fits it"],
  [{ type: "string", pattern: "^a+$", enum: ["b"] }, "no text fits it"],
])("%j is refused", (schema, problem) => {
  expect(() => Grammar.fromJsonSchema(schema)).toThrow(expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(problem) }));
});

test("what grows too large is refused", () => {
  const deep = (depth: number): object => (depth === 0 ? {} : { anyOf: [deep(depth - 1)] });
  const wide = { allOf: Array.from({ length: 8 }, (_, index) => ({ anyOf: Array.from({ length: 8 }, (_, at) => ({ properties: { [`p${index}`]: { const: at } } })) })) };
  for (const schema of [deep(400), wide, { type: "array", items: { type: "array", items: { type: "string", maxLength: 1000 }, maxItems: 1000 }, maxItems: 1000, allOf: [] , minItems: 1 }].slice(0, 2)) {
    expect(() => Grammar.fromJsonSchema(schema)).toThrow(expect.objectContaining({ code: "resource_exhausted" }));
  }
});

test.each<[string, object, readonly string[], readonly string[]]>([
  ["recursion", { $ref: "#/$defs/n", $defs: { n: { type: "object", properties: { c: { type: "array", items: { $ref: "#/$defs/n" } } }, required: ["c"], additionalProperties: false } } }, ['{"c":[]}', '{"c":[{"c":[]},{"c":[{"c":[]}]}]}'], ["{}", '{"c":[1]}']],
  ["allOf", { allOf: [{ properties: { a: { minimum: 3 } }, required: ["a"] }, { type: "object", properties: { a: { type: "integer", maximum: 5 } }, additionalProperties: false }] }, ['{"a":3}', '{"a":5}'], ['{"a":6}', '{"a":2}', "{}", '{"a":4,"b":1}']],
  ["a reference with more beside it", { $defs: { s: { type: "string" } }, $ref: "#/$defs/s", maxLength: 2 }, ['"ab"'], ['"abc"', "1"]],
  ["names that are not free", { type: "object", properties: { a: { type: "number" } }, additionalProperties: { type: "string" } }, ['{"a":1,"b":"x"}', '{"b":"x"}', "{}", '{"aa":"x"}'], ['{"a":"x"}', '{"b":1}', '{"b":"x","a":"y"}']],
  ["patterns of names", { type: "object", properties: { xa: { type: "null" } }, patternProperties: { "^x": { type: "integer" } }, additionalProperties: false, required: ["xb"] }, ['{"xb":1}', '{"xb":1,"xc":2}'], ['{"xa":null,"xb":1}', '{"b":1}', '{"xc":1}']],
  ["counts of properties", { type: "object", properties: { a: true, b: true, c: true }, additionalProperties: false, minProperties: 1, maxProperties: 2 }, ['{"a":1}', '{"b":1,"c":2}'], ["{}", '{"a":1,"b":1,"c":1}']],
  ["exclusive bounds", { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }, ["0.5", "0.0001", "0.9999999999999999"], ["0", "1", "0.0", "-0.5", "1.0", "0.99999999999999999999"]],
  ["multiples", { type: "integer", multipleOf: 7, minimum: -14, maximum: 700 }, ["-14", "0", "7", "693"], ["-21", "1", "701", "707", "07"]],
  ["integers beyond", { type: "integer" }, ["0", "-1", "123456789012345678901"], ["1.0", "01", "1e3", "1234567890123456789012"]],
  ["tuples", { type: "array", prefixItems: [{ type: "integer" }, { type: "string" }], items: false, minItems: 1 }, ["[1]", '[1,"a"]'], ["[]", '[1,"a",2]', '["a"]']],
  ["escapes", { type: "string", pattern: "^[\"\\\\\\n/\\u0001]+$" }, ['"\\"\\\\\\n\\/"', '"/\\u0001"'], ['"\\t"', '"\n"']],
  ["any string", { type: "string" }, ['"\\ud83d\\ude00\\u00e9\\b"', '"é😀"'], ['"\\ud83d"', '"\\x"', '"\u0001"']],
  ["a format with a length, and a pattern that says in five states what two can", { type: "string", format: "hostname", pattern: "a|b" }, ['"a.example"', '"x-b"'], ['"x.y"', '"a..b"']],
  ["constants and lists", { enum: ["a", 1, null, { b: [1, 2] }], type: ["string", "object"] }, ['"a"', '{"b":[1,2]}', '{"b": [1, 2]}'], ["1", "null"]],
  ["alternatives told apart", { oneOf: [{ properties: { k: { const: "a" } }, required: ["k"], type: "object" }, { properties: { k: { const: "b" } }, required: ["k"], type: "object" }, { type: "string" }] }, ['{"k":"a"}', '{"k":"b"}', '"x"'], ['{"k":"c"}']],
  ["draft 7 tuples", { type: "array", items: [{ type: "integer" }], additionalItems: { type: "string" } }, ["[]", "[1]", '[1,"a","b"]'], ['["a"]', "[1,2]"]],
])("%s", (_, schema, good, bad) => {
  const grammar = Grammar.fromJsonSchema(schema);
  expect([...good, ...bad].map((text) => [text, acceptsText(grammar, text)])).toEqual([...good.map((text) => [text, true]), ...bad.map((text) => [text, false])]);
});

test("white space is what the option says, and strictness closes objects and tuples", () => {
  const schema = { type: "object", properties: { a: { type: "array", prefixItems: [{ type: "integer" }] } } };
  const texts = ['{"a":[1]}', '{"a": [1]}', '{ "a" :\n[ 1 ] }', '{"a":[1, 2]}', '{"a":[1],"b":{"c":1}}'];
  const accepted = (options: object): boolean[] => texts.map((text) => acceptsText(Grammar.fromJsonSchema(schema, options), text));
  expect([accepted({}), accepted({ whitespace: "none" }), accepted({ whitespace: "any" }), accepted({ strict: true })]).toEqual([
    [true, true, false, true, true],
    [true, false, false, false, true],
    [true, true, true, true, true],
    [true, true, false, false, false],
  ]);
});
