/** The models that commands and elements can name. */
import { existsSync } from "node:fs";
import { StageError } from "@iftk/core";
import type { ModelStages } from "@iftk/elements";
import { likelyName } from "@iftk/graph";
import type { Keys } from "@iftk/inference";
import { modelRouter, type InferenceModel, type ModelRouter, type ModelUse } from "@iftk/inference/router";
import type { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import type { Host } from "./host.js";
import { lazyEngine } from "./lazy-engine.js";

/** A model, with what is still missing for it. */
export interface ListedModel extends Pick<ModelUse, "slug" | "provider" | "description"> {
  /** The environment variable that has to be set, or the file that has to be there. */
  readonly missing?: string;
}

type Opening = ReturnType<typeof openLlama>;

/** Gives stages by the names of models: of the list, or any other of a provider as `openai/its-name`. Each throws StageError `not_found`, reason `usage`, that names the likely one. */
export interface Models extends Required<ModelStages>, AsyncDisposable {
  readonly chat: (model: string) => ReturnType<ModelRouter["chat"]>;
  /** The local models themselves, for what steers them token by token. */
  readonly backends: (model: string) => () => Opening;
  readonly list: () => readonly ListedModel[];
  /** The model where none is named: that of IFTK_MODEL, or the embedded one. */
  readonly usual: string;
}

/** The models of an environment. The local ones are opened by their first call and closed with this; keys and base URLs are those of the environment. */
export function createModels(env: Host["env"]): Models {
  const { OPENAI_API_KEY, OPENAI_BASE_URL, ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, IFTK_MODEL } = env;
  const opened = new Map<string, Opening>();
  const open = (modelPath: string) => (): Opening => {
    const backend = opened.get(modelPath) ?? import("@iftk/llama").then(({ openLlama }) => openLlama({ modelPath }));
    opened.set(modelPath, backend);
    return backend;
  };
  const backends = new Map([["tiny", open(tinyModelPath)], ...(IFTK_MODEL ? [["local", open(IFTK_MODEL)] as const] : [])]);
  const keys: Keys = { ...(OPENAI_API_KEY && { openai: OPENAI_API_KEY }), ...(ANTHROPIC_API_KEY && { anthropic: ANTHROPIC_API_KEY }) };
  const engines = [
    lazyEngine("llama", ["chat"], async () => (await import("@iftk/llama")).llama({ models: Object.fromEntries(backends) })),
    lazyEngine("openai", ["chat", "textToImage", "audioToText", "textToSpeech", "embeddings"], async () => (await import("@iftk/openai")).openai({ keys, ...(OPENAI_BASE_URL && { baseUrl: OPENAI_BASE_URL }) })),
    lazyEngine("anthropic", ["chat"], async () => (await import("@iftk/anthropic")).anthropic({ keys, ...(ANTHROPIC_BASE_URL && { baseUrl: ANTHROPIC_BASE_URL }) })),
  ];
  const local: readonly InferenceModel[] = [
    { slug: "tiny", provider: "llama", name: "tiny", description: "The embedded model: small talk and stories, on this machine." },
    ...(IFTK_MODEL ? [{ slug: "local", provider: "llama", name: "local", description: "The model of IFTK_MODEL, on this machine." }] : []),
  ];
  const router = modelRouter({ engines, models: local });
  const providers = new Set(router.providers().map(({ provider }) => provider));
  const listed = router.list().filter(({ slug, provider }) => providers.has(provider) && slug !== "llama/tiny");
  const slugs = new Set(listed.map(({ slug }) => slug));

  function choice(model: string): string | InferenceModel {
    const [, provider = "", name = ""] = /^([^/]+)\/(.+)$/u.exec(model) ?? [];
    if (slugs.has(model)) return model;
    if (providers.has(provider) && provider !== "llama") return { slug: model, provider, name };
    throw unknown("model", model, slugs);
  }

  function missingFor({ slug, provider }: ModelUse): string | undefined {
    if (slug === "local" && IFTK_MODEL && !existsSync(IFTK_MODEL)) return `the file ${IFTK_MODEL}`;
    // A compatible server may do without a key.
    if (provider === "openai" && !OPENAI_API_KEY && /^$|\b(?:openai|azure)\.com\b/u.test(OPENAI_BASE_URL ?? "")) return "OPENAI_API_KEY";
    return provider === "anthropic" && !ANTHROPIC_API_KEY ? "ANTHROPIC_API_KEY" : undefined;
  }

  return {
    chat: (model) => router.chat(choice(model)),
    embeddings: (model) => router.embeddings(choice(model)),
    textToImage: (model) => router.textToImage(choice(model)),
    textToSpeech: (model) => router.textToSpeech(choice(model)),
    audioToText: (model) => router.audioToText(choice(model)),
    imageAnalysis: (model) => router.imageAnalysis(choice(model)),
    backends(model) {
      const backend = backends.get(model);
      if (!backend) throw unknown("local model", model, backends.keys());
      return backend;
    },
    list: () => listed.map((use): ListedModel => {
      const { slug, provider, description } = use;
      const missing = missingFor(use);
      return { slug, provider, description, ...(missing !== undefined && { missing }) };
    }),
    usual: IFTK_MODEL ? "local" : "tiny",
    async [Symbol.asyncDispose]() {
      // Who asked was told why a model did not open.
      await Promise.all(Array.from(opened.values(), (opening) => opening.then((backend) => backend.close(), () => {})));
    },
  };
}

function unknown(what: string, name: string, names: Iterable<string>): StageError {
  const likely = likelyName(name, names);
  return new StageError("not_found", `there is no ${what} ${JSON.stringify(name)}${likely === undefined ? "" : `; did you mean ${likely}?`} (iftk models lists them)`, { reason: "usage" });
}
