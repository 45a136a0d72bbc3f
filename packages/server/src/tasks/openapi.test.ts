import { defineTask } from "@iftk/core/task";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { loud, shout, whisper } from "../fixtures/shout.js";
import { jsonSchemaOf } from "./json-schema.js";
import { serveTasks } from "./serve-tasks.js";

interface Tree {
  readonly name: string;
  readonly children: readonly Tree[];
}
const tree: z.ZodType<Tree> = z.object({ name: z.string(), children: z.array(z.lazy(() => tree)) });
const parsing = defineTask({ name: "tree-parsing", input: { whole: z.string() }, output: { whole: tree } });

const models = { resolve: async () => loud, list: () => [], deploy: async () => loud, undeploy: async () => {} };
const tasks = [shout, whisper, parsing];

/** All references in a document. */
function refsOf(node: unknown): string[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => (key === "$ref" && typeof value === "string" ? [value] : refsOf(value)));
}

function at(document: unknown, ref: string): unknown {
  return ref.slice(2).split("/").reduce<unknown>((node, key) => (Object(node) as Record<string, unknown>)[key], document);
}

describe("the OpenAPI document", () => {
  it.each([
    ["with everything", { models, tasks, tokens: ["secret"], management: true }],
    ["with little", { models: [loud], tasks: [shout], jobs: false }],
    ["without tasks", { models: [], tasks: [] }],
  ] as const)("is valid, and its references lead somewhere: %s", async (_name, options) => {
    const server = serveTasks(options);
    const headers = { authorization: "Bearer secret" };
    const document = (await (await server(new Request("http://host.test/openapi.json", { headers }))).json()) as Record<string, unknown>;
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect([valid, errors, document["openapi"]]).toEqual([true, undefined, "3.1.0"]);
    expect(refsOf(document).filter((ref) => at(document, ref) === undefined)).toEqual([]);
  });

  it("describes each mode of a task, its jobs and the way in", () => {
    const { paths, components } = serveTasks({ models, tasks: [shout], tokens: ["secret"] }).openApi as { paths: Record<string, Record<string, unknown>>; components: { schemas: Record<string, unknown> } };
    expect(Object.entries(paths).map(([path, item]) => [path, Object.keys(item).filter((key) => key !== "parameters")])).toEqual([
      ["/api/v1/task/shout", ["post"]],
      ["/api/v1/task/server-streaming-shout", ["post"]],
      ["/api/v1/task/client-streaming-shout", ["get"]],
      ["/api/v1/task/bidi-streaming-shout", ["get"]],
      ["/api/v1/task/shout/job", ["post"]],
      ["/api/v1/task/shout/job/{job}", ["get", "delete"]],
      ["/api/v1/task/shout/job/{job}/result", ["get"]],
      ["/health", ["get"]],
      ["/info/version", ["get"]],
      ["/info/models", ["get"]],
    ]);
    expect(components.schemas).toMatchObject({
      ShoutInput: { type: "string" },
      ShoutInputPart: { type: "string", maxLength: 2 },
      ShoutParameters: { type: "object", properties: { mark: { type: "string", default: "!" } } },
      ShoutOutput: { type: "object", properties: { marks: { type: "array", items: { type: "string" } } } },
      ShoutTaskRequest: { required: ["input"], properties: { input: { $ref: "#/components/schemas/ShoutInput" } } },
    });
  });

  it("takes a schema of which nothing is known, and one that JSON cannot describe, for anything", () => {
    const unknown = { "~standard": { version: 1, vendor: "none", validate: (value: unknown) => ({ value }) } } as const;
    expect([jsonSchemaOf(unknown, "input", "#"), jsonSchemaOf(z.instanceof(Uint8Array), "input", "#"), jsonSchemaOf(z.enum(["$ref"]), "input", "#/x")]).toEqual([{}, {}, { type: "string", enum: ["$ref"] }]);
  });
});
