/** One language model that does two tasks, and where it is loaded from. */
import { defineModel, type Model } from "@iftk/core/task";
import type { ModelLoader } from "@iftk/inference/models";
import { chat, openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { entitiesByChat } from "./entities-by-chat.js";
import type { OnUnusable } from "./json-answer.js";
import { sentimentByChat } from "./sentiment-by-chat.js";

/** The id of the embedded model. */
export const tinyId = "tiny";

/** Loads the embedded model when it is asked for: its weights are in memory once, for both tasks. */
export function twoTaskModels(onUnusable?: OnUnusable): ModelLoader {
  async function load(id: string): Promise<Model | undefined> {
    if (id !== tinyId) return undefined;
    const backend = await openLlama({ modelPath: tinyModelPath });
    const model = chat({ backend, temperature: 0 });
    return defineModel({ id, tasks: [entitiesByChat(model, onUnusable), sentimentByChat(model, onUnusable)], dispose: () => backend.close() });
  }
  return { name: "llama", load, list: () => [tinyId] };
}
