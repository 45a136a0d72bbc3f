/** The example with a model: what a program that serves a local model is made of. */
import { chat, openLlama } from "@iftk/llama";
import type { Handler } from "@iftk/server";
import { createHandler } from "./handler.js";
import { statisticsOf } from "./statistics.js";

export interface AppOptions {
  /** A GGUF file. */
  readonly modelPath: string;
  /** Folder of the built page; the one beside the built server when left out. */
  readonly pageDirectory?: string | undefined;
}

/** A handler and the model behind it. */
export interface App {
  readonly handler: Handler;
  /** Name of the model, for people to read. */
  readonly model: string;
  /** Stops what is generated and frees the model. */
  close(): Promise<void>;
}

/**
 * Loads a model and gives the handler that serves conversations with it.
 *
 * @throws StageError when the file is not a model that can be loaded
 */
export async function createApp({ modelPath, pageDirectory }: AppOptions): Promise<App> {
  const backend = await openLlama({ modelPath });
  try {
    const handler = await createHandler({ chat: chat({ backend, temperature: 0 }), statistics: () => statisticsOf(backend), pageDirectory });
    return { handler, model: backend.name, close: () => backend.close() };
  } catch (error) {
    await backend.close();
    throw error;
  }
}
