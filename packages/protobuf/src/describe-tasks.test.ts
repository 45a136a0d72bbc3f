import { describe, expect, it } from "vitest";
import { z } from "zod";
import { describeTasks } from "./describe-tasks.js";
import { entities } from "./fixtures/entities.js";
import { opaque, taskOf, type Schemas } from "./fixtures/task-of.js";
import { toProto } from "./to-proto.js";

const protoOf = (schemas: Schemas): string => describeTasks([taskOf(schemas)], { domain: "Test" }).files.map(toProto).join("\n");
/** The lines of a message, wherever it is declared. */
const messageOf = (schemas: Schemas, name: string): string[] => {
  const [, body = ""] = new RegExp(`message ${name} \\{\\n(.*?)\\n\\}`, "s").exec(protoOf(schemas)) ?? [];
  return body.split("\n").map((line) => line.trim());
};

describe("describeTasks", () => {
  it("gives the service and the messages of a task by the names of caikit", () => {
    const { desc, files, methods } = describeTasks([entities], { domain: "nlp" });
    expect([desc.typeName, methods.map(({ mode, desc: { name } }) => [mode, name])]).toEqual([
      "caikit.runtime.Nlp.NlpService",
      [
        ["unary", "EntitiesTaskPredict"],
        ["output-stream", "ServerStreamingEntitiesTaskPredict"],
        ["input-stream", "ClientStreamingEntitiesTaskPredict"],
        ["bidi", "BidiStreamingEntitiesTaskPredict"],
      ],
    ]);
    expect(files.map((file) => file.proto.name)).toEqual(["caikit_data_model/nlp.proto", "caikit/runtime/nlp.proto"]);
    expect(files.map(toProto).join("\n")).toMatchInlineSnapshot(`
      "syntax = "proto3";

      package caikit_data_model.nlp;

      message EntitiesResult {
        repeated .caikit_data_model.nlp.Entity results = 1;
      }

      message EntitiesStreamResult {
        repeated .caikit_data_model.nlp.Entity results = 1;
        int64 processed_index = 2;
      }

      message Entity {
        enum Kind {
          KIND_PROPER_NAME = 0;
          KIND_OTHER = 1;
        }
        int32 start = 1;
        int32 end = 2;
        string word = 3;
        .caikit_data_model.nlp.Entity.Kind kind = 4;
        optional double score = 5;
      }

      syntax = "proto3";

      package caikit.runtime.Nlp;

      import "caikit_data_model/nlp.proto";

      service NlpService {
        rpc EntitiesTaskPredict(.caikit.runtime.Nlp.EntitiesTaskRequest) returns (.caikit_data_model.nlp.EntitiesResult);
        rpc ServerStreamingEntitiesTaskPredict(.caikit.runtime.Nlp.ServerStreamingEntitiesTaskRequest) returns (stream .caikit_data_model.nlp.EntitiesStreamResult);
        rpc ClientStreamingEntitiesTaskPredict(stream .caikit.runtime.Nlp.ClientStreamingEntitiesTaskRequest) returns (.caikit_data_model.nlp.EntitiesResult);
        rpc BidiStreamingEntitiesTaskPredict(stream .caikit.runtime.Nlp.BidiStreamingEntitiesTaskRequest) returns (stream .caikit_data_model.nlp.EntitiesStreamResult);
      }

      message EntitiesTaskRequest {
        string text = 1;
        optional double threshold = 2;
        repeated string labels = 3;
      }

      message ServerStreamingEntitiesTaskRequest {
        string text = 1;
        optional double threshold = 2;
        repeated string labels = 3;
      }

      message ClientStreamingEntitiesTaskRequest {
        optional string text_stream = 1;
        optional double threshold = 2;
        repeated string labels = 3;
      }

      message BidiStreamingEntitiesTaskRequest {
        optional string text_stream = 1;
        optional double threshold = 2;
        repeated string labels = 3;
      }
      "
    `);
  });

  it("has a type for each kind of schema, and one for any kind", () => {
    const output = z.object({
      text: z.string(), flag: z.boolean(), ratio: z.number(), count: z.int(), small: z.int32(), natural: z.uint32(), positive: z.int().min(1), left: z.string().optional(),
      level: z.enum(["low", "very-high"]), data: z.base64(), raw: z.instanceof(Uint8Array).meta({ contentEncoding: "binary" }),
      list: z.array(z.string()), map: z.record(z.string(), z.int32()), inner: z.object({ a: z.string() }), many: z.array(z.object({ b: z.string() })),
      any: z.any(), union: z.union([z.string(), z.int()]), nothing: z.string().nullable(), lists: z.array(z.array(z.string())), loose: z.looseObject({ a: z.string() }), maps: z.record(z.string(), z.array(z.string())),
    });
    expect(messageOf({ input: z.string(), output }, "ProbeTaskResult")).toEqual([
      "enum Level {", "LEVEL_LOW = 0;", "LEVEL_VERY_HIGH = 1;", "}",
      "message Inner {", "string a = 1;", "}",
      "message Many {", "string b = 1;", "}",
      "string text = 1;", "bool flag = 2;", "double ratio = 3;", "int64 count = 4;", "int32 small = 5;", "uint32 natural = 6;", "int64 positive = 7;", "optional string left = 8;",
      ".caikit_data_model.test.ProbeTaskResult.Level level = 9;", "bytes data = 10;", "bytes raw = 11;",
      "repeated string list = 12;", "map<string, int32> map = 13;", ".caikit_data_model.test.ProbeTaskResult.Inner inner = 14;", "repeated .caikit_data_model.test.ProbeTaskResult.Many many = 15;",
      ...["any", "union", "nothing"].map((name, index) => `.google.protobuf.Value ${name} = ${16 + index};`),
      "repeated .google.protobuf.Value lists = 19;", ".google.protobuf.Value loose = 20;", "map<string, .google.protobuf.Value> maps = 21;",
    ]);
  });

  it("wraps a result that is no object, and takes an input that is none as one field", () => {
    const schemas = { input: z.array(z.string()), output: z.number() };
    expect([messageOf(schemas, "ProbeTaskRequest"), messageOf(schemas, "BidiStreamingProbeTaskRequest"), messageOf(schemas, "ProbeTaskResult"), messageOf(schemas, "ProbeTaskStreamResult")]).toEqual([["repeated string text = 1;"], ["repeated string text_stream = 1;"], ["double value = 1;"], ["double value = 1;"]]);
  });

  it("flattens an input that is an object, and its parameters after it, in the numbers that they are given", () => {
    const schemas = { input: z.object({ sourceText: z.string(), language: z.string().meta({ field: 7 }) }), output: z.string(), parameters: z.object({ topK: z.int32().meta({ field: 2 }), seed: z.int32() }) };
    expect([messageOf(schemas, "ProbeTaskRequest"), messageOf(schemas, "ClientStreamingProbeTaskRequest")]).toEqual([
      ["string source_text = 1;", "string language = 7;", "optional int32 top_k = 2;", "optional int32 seed = 3;"],
      ["optional string source_text_stream = 1;", "optional string language_stream = 7;", "optional int32 top_k = 2;", "optional int32 seed = 3;"],
    ]);
  });

  it("keeps the name of a property in JSON where the name of its field would lose it", () => {
    expect(messageOf({ input: z.string(), output: z.object({ "has-dash": z.string(), snake_case: z.string(), URL: z.string(), top2Scores: z.string() }) }, "ProbeTaskResult")).toEqual(['string has_dash = 1 [json_name = "has-dash"];', 'string snake_case = 2 [json_name = "snake_case"];', 'string url = 3 [json_name = "URL"];', "string top2_scores = 4;"]);
  });

  it("declares a schema with an id once, and lets a field be left out where one of its uses lets it", () => {
    const kind = z.enum(["good", "bad"]).meta({ id: "Kind" });
    const span = z.object({ start: z.int32(), score: z.number().default(1), kind }).meta({ id: "Span" });
    const schemas = { input: z.object({ span, kind }), output: z.object({ spans: z.array(span), first: span }) };
    expect([messageOf(schemas, "Span"), protoOf(schemas).match(/(message Span|enum Kind) /g)]).toEqual([
      ["int32 start = 1;", "optional double score = 2;", ".caikit_data_model.test.Kind kind = 3;"],
      ["enum Kind ", "message Span "],
    ]);
  });

  it("takes schemas that refer to themselves", () => {
    const tree = z.object({ name: z.string(), get children() { return z.array(tree); } });
    expect([messageOf({ input: z.string(), output: tree }, "ProbeTaskResult"), messageOf({ input: tree, output: z.string() }, "ProbeTaskRequest").slice(-2)]).toEqual([
      ["string name = 1;", "repeated .caikit_data_model.test.ProbeTaskResult children = 2;"],
      ["string name = 1;", "repeated .caikit.runtime.Test.ProbeTaskRequest.Children children = 2;"],
    ]);
  });

  const text = z.string();
  const bytes = z.instanceof(Uint8Array).meta({ contentEncoding: "binary" });
  it.each<[string, Schemas, string]>([
    ["a schema that gives no JSON Schema", { input: text, output: opaque }, "probe: output: the schema (opaque) gives no JSON Schema; use a library"],
    ["a schema of what no wire carries", { input: text, output: z.object({ at: z.date() }) }, "caikit_data_model.test.ProbeTaskResult.at: a schema of type date cannot be sent"],
    ["bytes in a union", { input: text, output: z.object({ a: z.union([bytes, text]) }) }, "ProbeTaskResult.a: bytes cannot lie in a union"],
    ["parameters that are no object", { input: text, output: text, parameters: z.array(text) }, "probe: the parameters must be an object"],
    ["two properties with one name of a field", { input: text, output: z.object({ fooBar: text, foo_bar: text }) }, "ProbeTaskResult: two properties become the field foo_bar"],
    ["an input and a parameter with one name", { input: text, output: text, parameters: z.object({ text }) }, "ProbeTaskRequest: two properties become the field text"],
    ["two fields with one number", { input: text, output: z.object({ a: text.meta({ field: 3 }), b: text.meta({ field: 3 }) }) }, "a and b both have the field number 3"],
    ["a number that no field can have", { input: text, output: z.object({ a: text.meta({ field: 19_500 }) }) }, "ProbeTaskResult.a: the field number must be"],
    ["two values of an enum with one name", { input: text, output: z.enum(["a-b", "a_b"]) }, '"a_b" makes no name for a value of an enum that is its own'],
    ["a value of an enum without a letter", { input: text, output: z.enum(["+", "-"]) }, '"+" makes no name'],
    ["a property without a letter", { input: text, output: z.object({ "1": text }) }, '"1" cannot be a name'],
    ["a property that every object has", { input: text, output: z.object({ hasOwnProperty: text }) }, "a property cannot be named hasOwnProperty"],
    ["two schemas with one id", { input: z.object({ a: z.object({ x: text }).meta({ id: "One" }) }), output: z.object({ x: z.int() }).meta({ id: "one" }) }, "Two schemas have the id of caikit_data_model.test.One and differ in x"],
    ["two enums with one id", { input: z.object({ a: z.enum(["x"]).meta({ id: "One" }) }), output: z.enum(["y"]).meta({ id: "one" }) }, "Two enums have the id of caikit_data_model.test.One"],
    ["an enum and a message with one id", { input: z.object({ a: z.enum(["x"]).meta({ id: "One" }) }), output: z.object({}).meta({ id: "one" }) }, "An enum and a message both have the id One"],
    ["two properties that make one type", { input: text, output: z.object({ foo: z.record(text, text), fooEntry: z.object({}) }) }, "two of its properties make the type FooEntry"],
  ])("refuses %s", (_name, schemas, message) => {
    expect(() => protoOf(schemas)).toThrow(expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(message) }));
  });

  it("refuses two tasks that would be one", () => {
    expect(() => describeTasks([entities, entities], { domain: "Nlp" })).toThrow(expect.objectContaining({ code: "invalid_argument", message: "Two tasks make the method EntitiesTaskPredict; rename one of them." }));
  });
});
