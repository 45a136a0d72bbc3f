/** What is to be known of a server of tasks, and the management of its models. */
import { StageError } from "@iftk/core";
import type { Model } from "@iftk/core/task";
import type { ModelInfo, Models } from "@iftk/wire";
import { errorAnswer } from "../error-answer.js";
import type { Answer, Asked } from "../exchange.js";
import { hasJsonType, requestJson } from "../request-json.js";
import type { JsonObject } from "./json-schema.js";
import { methodRefused, valueAnswer } from "./task-answers.js";

export interface ServerRoutesOptions {
  readonly models: Models;
  readonly document: JsonObject;
  readonly info: JsonObject;
  readonly management: boolean;
  readonly maxBodyBytes: number;
}

type Route = (asked: Asked) => Answer | Promise<Answer>;

/** Answers for health, information, OpenAPI and management; undefined for any other path. Throws StageError `failed_precondition` for management of models that have none. */
export function serverRoutes({ models, document, info, management, maxBodyBytes }: ServerRoutesOptions): (asked: Asked) => Promise<Answer> | undefined {
  const routes = new Map<string, Route>([
    ["/health", onlyGet(() => ({ status: 200, headers: { "cache-control": "no-store", "content-type": "text/plain; charset=utf-8" }, body: "OK" }))],
    ["/openapi.json", onlyGet(() => valueAnswer(document))],
    ["/info/version", onlyGet(() => valueAnswer(info))],
    ["/info/models", onlyGet(async () => valueAnswer({ models: await models.list() }))],
  ]);
  const { deploy, undeploy } = models;
  if (management && !(deploy && undeploy)) throw new StageError("failed_precondition", "management: these models can be neither loaded nor taken away; give a model manager.");

  async function add(asked: Asked): Promise<Answer> {
    if (asked.method !== "POST") return methodRefused("POST");
    if (!hasJsonType(asked)) return errorAnswer(new StageError("invalid_argument", "The model must be sent as content-type application/json.", { reason: "content-type" }), { status: 415 });
    const body = await requestJson(asked, maxBodyBytes);
    const id = (Object(body) as { readonly id?: unknown }).id;
    if (typeof id !== "string") throw new StageError("invalid_argument", 'Send the model as {"id": "..."}.', { reason: "malformed" });
    return valueAnswer(infoOf(await models.deploy?.(id), id), 201);
  }
  async function remove(asked: Asked, id: string): Promise<Answer> {
    if (asked.method !== "DELETE") return methodRefused("DELETE");
    await models.undeploy?.(id);
    return { status: 204, headers: {}, body: undefined };
  }
  if (management) routes.set("/management/models", add);

  return (asked) => {
    const route = routes.get(asked.path);
    if (route) return (async () => route(asked))();
    const id = management ? /^\/management\/models\/([^/]+)$/.exec(asked.path)?.[1] : undefined;
    return id === undefined ? undefined : (async () => remove(asked, decoded(id)))();
  };
}

function infoOf(model: Model | undefined, id: string): ModelInfo {
  return model ? { id: model.id, aliases: model.aliases, tasks: model.tasks.map(({ task }) => task.name), loaded: true } : { id };
}

function onlyGet(answer: Route): Route {
  return (asked) => (asked.method === "GET" || asked.method === "HEAD" ? answer(asked) : methodRefused("GET"));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StageError("invalid_argument", "The id in the path is not percent-encoded UTF-8.", { reason: "malformed" });
  }
}
