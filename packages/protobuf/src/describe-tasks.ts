/** Services out of tasks. */
import { StageError, takesValue, yieldsValue } from "@iftk/core";
import type { Mode } from "@iftk/core";
import type { AnyTask } from "@iftk/core/task";
import type { DescFile, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import { buildFiles, structPath } from "./build-files.js";
import { DataModel, declarationOf, draftOf, jsonType } from "./data-model.js";
import type { MessageDeclaration, MethodDeclaration } from "./declaration.js";
import type { MessageCodec, RequestCodec } from "./message-codec.js";
import { fieldName, typeName } from "./proto-name.js";
import { readRequest, requestCodec, type RequestShape } from "./task-request.js";
import { readResult, resultCodec, type ResultShape } from "./task-result.js";

export interface DescribeOptions {
  /** The kind of work that the tasks have in common, such as `Nlp`: it names the packages and the service. */
  readonly domain: string;
}

/** One method of the service: a task in one mode. */
export interface TaskMethod {
  readonly task: AnyTask;
  readonly mode: Mode;
  readonly desc: DescMethod;
  readonly request: RequestCodec;
  readonly result: MessageCodec;
}

/** A service that has four methods for each task, one for each mode. */
export interface TaskService {
  readonly desc: DescService;
  /** The files that declare it, each after those that it imports. */
  readonly files: readonly DescFile[];
  readonly methods: readonly TaskMethod[];
}

/** What stands before the names of each mode's method and request, by the names that caikit gives them. */
const prefixes = { unary: "", "output-stream": "ServerStreaming", "input-stream": "ClientStreaming", bidi: "BidiStreaming" } as const satisfies Record<Mode, string>;

/**
 * The service of tasks: package `caikit.runtime.<Domain>`, service `<Domain>Service`, messages of data in `caikit_data_model.<domain>`.
 *
 * A request has the fields of the input, then those of the parameters, all of which may be left out. Numbers are given in that order;
 * `.meta({ field: 3 })` of a schema sets one. A schema's id names its message; tasks whose schemas have the same id share it.
 * Throws StageError `invalid_argument`, with the place, for schemas that give no JSON Schema, and for names and numbers that meet.
 */
export function describeTasks(tasks: readonly AnyTask[], { domain }: DescribeOptions): TaskService {
  const space = `caikit.runtime.${typeName(domain)}`;
  const model = new DataModel(`caikit_data_model.${fieldName(domain)}`);
  const drafted = tasks.flatMap((task) => readTask(model, task, space));
  const names = drafted.map(({ method }) => method.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new StageError("invalid_argument", `Two tasks make the method ${twice}; rename one of them.`);
  const both = model.enums.find(({ name }) => model.messages.some((message) => message.name === name));
  if (both) throw new StageError("invalid_argument", `An enum and a message both have the id ${both.name}; give one of them another id.`);

  const paths = { data: `caikit_data_model/${fieldName(domain)}.proto`, service: `caikit/runtime/${fieldName(domain)}.proto` };
  const requests = drafted.map(({ declaration }) => declaration);
  const files = buildFiles([
    { path: paths.data, package: `caikit_data_model.${fieldName(domain)}`, imports: importsOf(model.messages), messages: model.messages, enums: model.enums },
    {
      path: paths.service,
      package: space,
      imports: [paths.data, ...importsOf(requests)],
      messages: requests,
      services: [{ name: `${typeName(domain)}Service`, methods: drafted.map(({ method }) => method) }],
    },
  ]);
  const messages = new Map(files.flatMap((file) => file.messages.flatMap(withNested)).map((message) => [message.typeName, message]));
  const find = (name: string): DescMessage => messages.get(name) as DescMessage;
  const desc = files[1]?.services[0] as DescService;
  const methods = drafted.map(({ task, mode, request, result }, index) => ({
    task,
    mode,
    desc: desc.methods[index] as DescMethod,
    request: requestCodec(request, find),
    result: resultCodec(result, find),
  }));
  return { desc, files, methods };
}

interface Drafted {
  readonly task: AnyTask;
  readonly mode: Mode;
  readonly request: RequestShape;
  readonly result: ResultShape;
  readonly declaration: MessageDeclaration;
  readonly method: MethodDeclaration;
}

function readTask(model: DataModel, task: AnyTask, space: string): Drafted[] {
  const name = `${typeName(task.name)}Task`;
  const place = `${task.name}: ${task.output.name}`;
  const whole = readResult(model, task.output.whole, `${name}Result`, place);
  const part = readResult(model, task.output.part, `${name}StreamResult`, place);
  return (Object.keys(prefixes) as Mode[]).map((mode) => {
    const draft = draftOf(`${space}.${prefixes[mode]}${name}Request`);
    const request = readRequest(model, task, mode, draft);
    const result = yieldsValue(mode) ? whole : part;
    const method = {
      name: `${prefixes[mode]}${name}Predict`,
      input: draft.typeName,
      output: result.message.typeName,
      takesStream: !takesValue(mode),
      givesStream: !yieldsValue(mode),
    };
    return { task, mode, request, result, declaration: declarationOf(draft), method };
  });
}

function importsOf(messages: readonly MessageDeclaration[]): string[] {
  const usesJson = ({ fields, messages: nested = [] }: MessageDeclaration): boolean =>
    fields.some(({ type }) => typeof type === "object" && "message" in type && type.message === jsonType) || nested.some(usesJson);
  return messages.some(usesJson) ? [structPath] : [];
}

function withNested(message: DescMessage): DescMessage[] {
  return [message, ...message.nestedMessages.flatMap(withNested)];
}
