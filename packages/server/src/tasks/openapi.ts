/** The OpenAPI 3.1 document of a server of tasks. */
import type { Mode } from "@iftk/core";
import type { AnyTask } from "@iftk/core/task";
import { taskPath } from "@iftk/wire";
import { socketProtocol } from "@iftk/wire/socket";
import { jsonSchemaOf, type JsonObject, type SchemaSide } from "./json-schema.js";
import { commonSchemas, errorsAnswer, json, jsonAnswer, refTo, serverPaths } from "./openapi-common.js";

/** What the document is of. */
export interface OpenApiOptions {
  readonly tasks: readonly AnyTask[];
  readonly title: string;
  readonly version: string;
  /** Whether calls need a bearer token. */
  readonly isProtected: boolean;
  readonly hasJobs: boolean;
  readonly hasManagement: boolean;
}

/** Describes the paths and schemas of the tasks and of the server around them. A WebSocket is described as the GET that opens it, with its messages under `x-messages`. */
export function openApi({ tasks, title, version, isProtected, hasJobs, hasManagement }: OpenApiOptions): JsonObject {
  return {
    openapi: "3.1.0",
    info: { title, version },
    ...(isProtected ? { security: [{ bearer: [] }] } : {}),
    paths: Object.assign({}, ...tasks.map((task) => pathsOf(task, hasJobs)), serverPaths({ hasManagement, isProtected })) as JsonObject,
    components: {
      schemas: Object.assign({}, ...tasks.map((task) => schemasOf(task)), commonSchemas) as JsonObject,
      ...(isProtected ? { securitySchemes: { bearer: { type: "http", scheme: "bearer", description: "A WebSocket of a browser sends the token as the subprotocol iftk.bearer.<token in base64url>." } } } : {}),
    },
  };
}

/** The name of the task as those of types are written, such as `TokenClassification`. */
function typeName({ name }: AnyTask): string {
  return name.replaceAll(/(?:^|-)([a-z\d])/g, (_, letter: string) => letter.toUpperCase());
}

function schemasOf(task: AnyTask): JsonObject {
  const name = typeName(task);
  const { input, output, parameters } = task;
  const schemas: Record<string, JsonObject> = {};
  const add = (part: string, schema: Parameters<typeof jsonSchemaOf>[0], side: SchemaSide): JsonObject => {
    schemas[name + part] = jsonSchemaOf(schema, side, `#/components/schemas/${name}${part}`);
    return refTo(name + part);
  };
  const whole = add("Input", input.whole, "input");
  const part = add("InputPart", input.part, "input");
  add("Output", output.whole, "output");
  add("OutputPart", output.part, "output");
  const head = {
    model: { type: "string", description: "The id of the model; without it the one that the server takes by default." },
    ...(parameters ? { parameters: add("Parameters", parameters, "input") } : {}),
  };
  const request = { type: "object", additionalProperties: false };
  schemas[`${name}TaskRequest`] = { ...request, properties: { ...head, input: whole }, required: ["input"] };
  schemas[`${name}TaskMessage`] = { ...request, description: "A message of a stream: only the first carries model and parameters, and it may lack an input.", properties: { ...head, input: part } };
  schemas[`${name}TaskResult`] = { type: "object", properties: { value: refTo(`${name}Output`) }, required: ["value"] };
  return schemas;
}

function pathsOf(task: AnyTask, hasJobs: boolean): JsonObject {
  const name = typeName(task);
  const at = (mode: Mode): string => `/${taskPath(task.name, mode)}`;
  const body = { required: true, content: json(refTo(`${name}TaskRequest`)) };
  const operation = { tags: [task.name] };
  const socket = (operationId: string, summary: string, output: string): JsonObject => ({
    get: {
      ...operation,
      operationId,
      summary,
      parameters: [{ name: "upgrade", in: "header", required: true, schema: { const: "websocket" } }],
      responses: { "101": { description: `A WebSocket with the subprotocol ${socketProtocol}.` }, default: errorsAnswer },
      "x-messages": { send: refTo(`${name}TaskMessage`), receive: refTo(name + output) },
    },
  });
  return {
    [at("unary")]: {
      post: {
        ...operation,
        operationId: `${name}TaskPredict`,
        summary: "One input, one output.",
        requestBody: body,
        responses: { "200": { description: "The output.", content: { ...json(refTo(`${name}TaskResult`)), ...events(`${name}Output`) } }, default: errorsAnswer },
      },
    },
    [at("output-stream")]: {
      post: {
        ...operation,
        operationId: `ServerStreaming${name}TaskPredict`,
        summary: "One input, the parts of the output as they come.",
        requestBody: body,
        responses: { "200": { description: "Server-sent events.", content: events(`${name}OutputPart`) }, default: errorsAnswer },
      },
    },
    [at("input-stream")]: socket(`ClientStreaming${name}TaskPredict`, "The parts of the input over a WebSocket, one output.", "Output"),
    [at("bidi")]: socket(`BidiStreaming${name}TaskPredict`, "The parts of the input over a WebSocket, and those of the output as they come.", "OutputPart"),
    ...(hasJobs ? jobPaths(at("unary"), name, operation, body) : {}),
  };
}

function jobPaths(path: string, name: string, operation: JsonObject, requestBody: JsonObject): JsonObject {
  const parameters = [{ name: "job", in: "path", required: true, schema: { type: "string" } }];
  const status = (description: string): JsonObject => ({ description, content: json(refTo("JobStatus")) });
  return {
    [`${path}/job`]: { post: { ...operation, operationId: `${name}TaskStartPredictionJob`, summary: "Starts a job that nobody waits for.", requestBody, responses: { "202": status("It runs, or waits for its turn."), default: errorsAnswer } } },
    [`${path}/job/{job}`]: {
      parameters,
      get: { ...operation, operationId: `${name}TaskGetPredictionJobStatus`, summary: "How far a job is.", responses: { "200": status("Its status."), default: errorsAnswer } },
      delete: { ...operation, operationId: `${name}TaskCancelPredictionJob`, summary: "Cancels a job.", responses: { "200": status("Its status now."), default: errorsAnswer } },
    },
    [`${path}/job/{job}/result`]: {
      parameters,
      get: { ...operation, operationId: `${name}TaskGetPredictionJobResult`, summary: "The output of a job that is completed.", responses: { "200": jsonAnswer("The output.", refTo(`${name}TaskResult`)), default: errorsAnswer } },
    },
  };
}

/** An event stream, described by the data of its events, for JSON Schema has no word for it. */
function events(value: string): JsonObject {
  const description = "Server-sent events with ids: `message` for each value, then `end`, or `error` with code and message.";
  return { "text/event-stream": { schema: { type: "string", description }, "x-events": { message: refTo(value), end: { type: "object" }, error: refTo("ErrorFields") } } };
}
