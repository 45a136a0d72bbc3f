/** From the name of a model to the stage that asks it. */
import { pipe, StageError, unary, type OutputStream, type StandardSchema, type Unary } from "@iftk/core";
import type { z } from "zod";
import { chatRequest, type ChatRequest } from "../chat.js";
import { embeddingsRequest } from "../embeddings-request.js";
import type { Engine, EngineCapability, EngineStages } from "../engine.js";
import { imageAnalysisRequest } from "../image-analysis.js";
import { imageAnalysisByChat } from "../image-analysis-by-chat.js";
import { imageRequest, speechRequest, videoRequest } from "../media-requests.js";
import { parseRequest } from "../parse-request.js";
import type { Part } from "../part.js";
import { resilientEngine, type ResilientEngineOptions } from "../resilience/resilient-engine.js";
import { messagesToObject, type MessagesToObject, type MessagesToObjectOptions } from "../structured/messages-to-object.js";
import { audioRequest } from "../transcript.js";
import { defaultModels } from "./default-models.js";
import type { InferenceModel, ModelConfig } from "./model-config.js";
import { modelTable, type ModelTable, type ModelUse } from "./model-table.js";

/** A slug, or what it would stand for. */
export type ModelChoice = string | InferenceModel | ModelConfig;

export interface ModelRouterOptions {
  /** The engines to choose from; of two with one provider's name the later holds. */
  readonly engines: readonly Engine[];
  /** Models and configurations beside the default ones, which they may replace. */
  readonly models?: readonly (InferenceModel | ModelConfig)[];
  /** How the engines' stages survive what networks and providers do; attempts and timeouts as `resilientEngine` has them by default, nothing with false. */
  readonly resilience?: ResilientEngineOptions | false;
}

export interface TextToTextOptions {
  /** What the model is told before each text. */
  readonly system?: string;
}

/** Gives stages by the names of models. Every method throws as `modelRouter` says. */
export interface ModelRouter extends Pick<ModelTable, "resolve" | "list"> {
  readonly chat: (model: ModelChoice) => OutputStream<ChatRequest, Part>;
  /** Asks with a text alone. */
  readonly textToText: (model: ModelChoice, options?: TextToTextOptions) => OutputStream<string, Part>;
  readonly textToImage: (model: ModelChoice) => ReturnType<EngineStages["textToImage"]>;
  readonly imageAndTextToVideo: (model: ModelChoice) => ReturnType<EngineStages["imageAndTextToVideo"]>;
  /** By the engine's own image analysis, or else by asking its chat; parameters are then those of both. */
  readonly imageAnalysis: (model: ModelChoice) => ReturnType<EngineStages["imageAnalysis"]>;
  readonly audioToText: (model: ModelChoice) => ReturnType<EngineStages["audioToText"]>;
  readonly textToSpeech: (model: ModelChoice) => ReturnType<EngineStages["textToSpeech"]>;
  readonly embeddings: (model: ModelChoice) => ReturnType<EngineStages["embeddings"]>;
  /** An object of the schema's type, in parts. */
  readonly messagesToObject: <Output, Input>(model: ModelChoice, schema: StandardSchema<Input, Output>, options?: Omit<MessagesToObjectOptions<Output, Input>, "chat" | "schema">) => MessagesToObject<Output, Input>;
  /** The engines' providers with what each can do. */
  readonly providers: () => readonly { readonly provider: string; readonly capabilities: readonly EngineCapability[] }[];
}

/** What the parameters of a configuration may say, for each capability. */
const defaultsOf = {
  chat: chatRequest.omit({ messages: true }),
  textToImage: imageRequest.omit({ prompt: true, images: true, mask: true }),
  imageAndTextToVideo: videoRequest.omit({ image: true, prompt: true }),
  imageAnalysis: imageAnalysisRequest.omit({ image: true }),
  audioToText: audioRequest.omit({ audio: true }),
  textToSpeech: speechRequest.omit({ text: true }),
  embeddings: embeddingsRequest.omit({ texts: true }),
} satisfies Record<EngineCapability, z.ZodType>;

const capabilities = Object.keys(defaultsOf) as readonly EngineCapability[];

/**
 * A router over engines. Nothing is opened or asked before a stage is called.
 *
 * Its methods throw StageError `not_found`, reason `model`, `provider` or `capability`, that lists what there is, and
 * `invalid_argument` for parameters that the capability does not have.
 */
export function modelRouter({ engines, models = [], resilience = {} }: ModelRouterOptions): ModelRouter {
  const table = modelTable([...defaultModels, ...models]);
  const engineOf = new Map(engines.map((engine) => [engine.provider, resilience === false ? engine : resilientEngine(engine, resilience)]));
  const capabilitiesOf = (engine: Engine): EngineCapability[] => capabilities.filter((capability) => engine[capability]);

  function engineFor({ slug, provider }: ModelUse): Engine {
    const engine = engineOf.get(provider);
    if (engine) return engine;
    throw new StageError("not_found", `model ${JSON.stringify(slug)}: there is no engine of provider ${JSON.stringify(provider)}; there are: ${[...engineOf.keys()].join(", ") || "none"}`, { reason: "provider" });
  }

  function stageOf<C extends EngineCapability>(capability: C, use: ModelUse, engine = engineFor(use)): ReturnType<EngineStages[C]> {
    const create = engine[capability] as ((options: object) => ReturnType<EngineStages[C]>) | undefined;
    const { slug, name, api, raw, provider } = use;
    if (!create) throw new StageError("not_found", `model ${JSON.stringify(slug)}: provider ${JSON.stringify(provider)} has no ${capability}; it has: ${capabilitiesOf(engine).join(", ")}`, { reason: "capability" });
    const parameters = parseRequest(defaultsOf[capability], use.parameters, parametersOf(use));
    return create.call(engine, { ...(parameters as object), model: name, ...(api !== undefined && { api }), ...(raw && { raw }) });
  }

  const by = <C extends EngineCapability>(capability: C) => (model: ModelChoice) => stageOf(capability, table.resolve(model));
  const chat = by("chat");

  return {
    ...table,
    providers: () => [...engineOf.values()].map((engine) => ({ provider: engine.provider, capabilities: capabilitiesOf(engine) })),
    chat,
    textToText: (model, options) => pipe(asking(options), chat(model)),
    textToImage: by("textToImage"),
    imageAndTextToVideo: by("imageAndTextToVideo"),
    imageAnalysis(model) {
      const use = table.resolve(model);
      const engine = engineFor(use);
      if (engine.imageAnalysis || !engine.chat) return stageOf("imageAnalysis", use, engine);
      const { prompt, language, ...parameters } = use.parameters;
      const defaults = parseRequest(defaultsOf.imageAnalysis, { prompt, language }, parametersOf(use));
      return imageAnalysisByChat(stageOf("chat", { ...use, parameters }, engine), defaults);
    },
    audioToText: by("audioToText"),
    textToSpeech: by("textToSpeech"),
    embeddings: by("embeddings"),
    messagesToObject: (model, schema, options) => messagesToObject({ ...options, chat: chat(model), schema }),
  };
}

const parametersOf = ({ slug }: ModelUse): string => `parameters of model ${JSON.stringify(slug)}`;

/** The request that asks with a text. */
const asking = ({ system }: TextToTextOptions = {}): Unary<string, ChatRequest> =>
  unary(function prompt(text: string): Promise<ChatRequest> {
    const instruction: ChatRequest["messages"] = system === undefined ? [] : [{ role: "system", content: system }];
    return Promise.resolve({ messages: [...instruction, { role: "user", content: text }] });
  });
