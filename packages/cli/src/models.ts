/** The models that commands and elements can name. */
import { anthropic } from "@iftk/anthropic";
import { StageError } from "@iftk/core";
import type { Engine, Keys } from "@iftk/inference";
import { modelRouter, type InferenceModel, type ModelRouter, type ModelUse } from "@iftk/inference/router";
import { llama, openLlama } from "@iftk/llama";
import { openai } from "@iftk/openai";
import { tinyModelPath } from "@iftk/tiny-model";
import { likelyName } from "@iftk/graph";
import type { Host } from "./host.js";

/** Where a provider's key is looked for. */
export const keyVariables: Readonly<Partial<Record<string, string>>> = { openai: "OPENAI_API_KEY", anthropic: "ANTHROPIC_API_KEY" };

/** A model, with what is still missing for it. */
export interface ListedModel extends Pick<ModelUse, "slug" | "provider" | "description"> {
  /** The environment variable that has to be set. */
  readonly missing?: string;
}

export interface Models extends AsyncDisposable {
  /** The stage that asks a model: one of the list, or any other of a provider as `openai/its-name`. Throws StageError `not_found`, reason `usage`, that names the likely one. */
  readonly chat: (model: string) => ReturnType<ModelRouter["chat"]>;
  readonly list: () => readonly ListedModel[];
  /** The model where none is named: that of IFTK_MODEL, or the embedded one. */
  readonly usual: string;
}

/** The models of an environment. The local ones are opened by their first call and closed with this; keys and base URLs are those of the environment. */
export function createModels(env: Host["env"]): Models {
  const { OPENAI_BASE_URL, ANTHROPIC_BASE_URL, IFTK_MODEL } = env;
  const opened: ReturnType<typeof openLlama>[] = [];
  const open = (modelPath: string) => () => {
    const backend = openLlama({ modelPath });
    opened.push(backend);
    return backend;
  };
  const keys: Keys = Object.fromEntries(Object.entries(keyVariables).flatMap(([provider, variable = ""]) => (env[variable] ? [[provider, env[variable]]] : [])));
  const engines: readonly Engine[] = [
    llama({ models: { tiny: open(tinyModelPath), ...(IFTK_MODEL && { local: open(IFTK_MODEL) }) } }),
    openai({ keys, ...(OPENAI_BASE_URL && { baseUrl: OPENAI_BASE_URL }) }),
    anthropic({ keys, ...(ANTHROPIC_BASE_URL && { baseUrl: ANTHROPIC_BASE_URL }) }),
  ];
  const local: readonly InferenceModel[] = [
    { slug: "tiny", provider: "llama", name: "tiny", description: "The embedded model: small talk and stories, on this machine." },
    ...(IFTK_MODEL ? [{ slug: "local", provider: "llama", name: "local", description: "The model of IFTK_MODEL, on this machine." }] : []),
  ];
  const router = modelRouter({ engines, models: local });
  const providers = new Set(router.providers().map(({ provider }) => provider));
  const listed = router.list().filter(({ slug, provider }) => providers.has(provider) && slug !== "llama/tiny");
  const slugs = new Set(listed.map(({ slug }) => slug));

  return {
    chat(model) {
      const [, provider = "", name = ""] = /^([^/]+)\/(.+)$/u.exec(model) ?? [];
      if (slugs.has(model)) return router.chat(model);
      if (providers.has(provider) && provider !== "llama") return router.chat({ slug: model, provider, name });
      const likely = likelyName(model, slugs);
      throw new StageError("not_found", `there is no model ${JSON.stringify(model)}${likely === undefined ? "" : `; did you mean ${likely}?`} (iftk models lists them)`, { reason: "usage" });
    },
    list: () => listed.map(({ slug, provider, description }): ListedModel => {
      const missing = keyVariables[provider];
      return { slug, provider, description, ...(missing !== undefined && !env[missing] && { missing }) };
    }),
    usual: IFTK_MODEL ? "local" : "tiny",
    async [Symbol.asyncDispose]() {
      // Who asked was told why a model did not open.
      await Promise.all(opened.map((opening) => opening.then((backend) => backend.close(), () => {})));
    },
  };
}
