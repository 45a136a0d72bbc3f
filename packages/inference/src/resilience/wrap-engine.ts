/** One wrapping for all stages that an engine gives. */
import type { Engine, EngineCapability, EngineStages, ModelOptions } from "../engine.js";

/** A stage of an engine, and what it was made for. */
export interface EngineStage<C extends EngineCapability = EngineCapability> {
  readonly capability: C;
  readonly provider: string;
  readonly options: Parameters<EngineStages[C]>[0];
  readonly stage: ReturnType<EngineStages[C]>;
}

const capabilities = Object.keys({
  chat: true,
  textToImage: true,
  imageAndTextToVideo: true,
  imageAnalysis: true,
  audioToText: true,
  textToSpeech: true,
  embeddings: true,
} satisfies Record<EngineCapability, true>) as EngineCapability[];

/** The engine, with each stage that it gives put through a function, which gives a stage from the same to the same. Whatever else the engine has stays as it is. */
export function wrapEngine<E extends Engine>(engine: E, wrap: (stage: EngineStage) => EngineStage["stage"]): E {
  const wrapped = capabilities.flatMap((capability) => {
    if (!engine[capability]) return [];
    const make = (options: ModelOptions): EngineStage["stage"] => {
      const stage = (engine[capability] as (options: ModelOptions) => EngineStage["stage"])(options);
      return wrap({ capability, provider: engine.provider, options, stage });
    };
    return [[capability, make] as const];
  });
  return { ...engine, ...Object.fromEntries(wrapped) };
}
