/** The local engine beside those of other vendors. */
import { outputStream, StageError } from "@iftk/core";
import { type ChatOptions, type Engine, type EngineStages, type Part } from "@iftk/inference";
import type { Backend } from "@iftk/inferlet";
import { chat } from "./chat.js";

export interface LlamaEngineOptions {
  /** The models by their names: open, or to be opened by the first call that names one. Whoever opens a model disposes of it. */
  readonly models: Readonly<Record<string, Backend | (() => Backend | Promise<Backend>)>>;
  /** As the option of `chat`. */
  readonly prefixCache?: boolean | undefined;
}

/** An engine that runs here. */
export interface LlamaEngine extends Engine {
  readonly provider: "llama";
  readonly chat: EngineStages["chat"];
}

/**
 * Models of this machine as an engine.
 *
 * @throws StageError `not_found`, reason `model`, from a call to a model that is not among them; `unimplemented` for `raw` and `api`, which a local model has not.
 */
export function llama({ models, prefixCache }: LlamaEngineOptions): LlamaEngine {
  const opened = new Map<string, Promise<Backend>>();

  function backendOf(name: string): Promise<Backend> {
    const known = opened.get(name);
    if (known) return known;
    const model = Object.hasOwn(models, name) ? models[name] : undefined;
    if (!model) return Promise.reject(new StageError("not_found", `llama: there is no model ${JSON.stringify(name)}; there are: ${Object.keys(models).join(", ") || "none"}`, { reason: "model" }));
    const opening = Promise.resolve(typeof model === "function" ? Promise.resolve().then(model) : model);
    opened.set(name, opening);
    // A model that did not open may be tried again.
    opening.catch(() => opened.delete(name));
    return opening;
  }

  return {
    provider: "llama",
    chat({ model, api, raw, ...defaults }: ChatOptions) {
      for (const [name, value] of Object.entries({ api, raw })) if (value !== undefined) throw new StageError("unimplemented", `llama: ${name}: a local model has no such option; leave it out`, { reason: "option" });
      return outputStream(async function* llama(request, call) {
        const backend = await backendOf(model);
        const answer: AsyncIterable<Part> = chat({ backend, prefixCache, ...defaults })(request, call);
        yield* answer;
      });
    },
  };
}
