/** An engine whose calls are all seen. */
import { intercept, type AnyStage } from "@iftk/core";
import type { Engine, EngineCapability } from "../engine.js";
import { wrapEngine } from "../resilience/wrap-engine.js";
import { genAiTelemetry, type GenAiTelemetryOptions, type TelemetryOptions } from "./gen-ai-telemetry.js";

export interface ObservedEngineOptions extends TelemetryOptions, Pick<GenAiTelemetryOptions, "server" | "kind"> {
  /** The conventions' name of the provider, where the engine calls it otherwise. */
  readonly provider?: string;
}

/** What the conventions call each capability, and what it makes. */
const operations: Readonly<Record<EngineCapability, { readonly operation: string; readonly outputType?: string }>> = {
  chat: { operation: "chat" },
  textToImage: { operation: "generate_content", outputType: "image" },
  imageAndTextToVideo: { operation: "generate_content", outputType: "video" },
  imageAnalysis: { operation: "generate_content", outputType: "json" },
  audioToText: { operation: "generate_content", outputType: "text" },
  textToSpeech: { operation: "generate_content", outputType: "speech" },
  embeddings: { operation: "embeddings" },
};

/** The engine with `genAiTelemetry` around each of its stages; put it around `resilientEngine`, so that a span covers all attempts. */
export function observedEngine<E extends Engine>(engine: E, options: ObservedEngineOptions = {}): E {
  return wrapEngine(engine, ({ capability, provider, stage, options: defaults }) => {
    const telemetry = genAiTelemetry({ provider, ...options, ...operations[capability], model: defaults.model, defaults });
    return intercept<AnyStage>(stage, telemetry) as typeof stage;
  });
}
