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

/**
 * The engine, with each stage that it gives put through a function, which gives a stage from the same to the same. Whatever else
 * the engine has stays as it is, also where it is an object of a class.
 */
export function wrapEngine<E extends Engine>(engine: E, wrap: (stage: EngineStage) => EngineStage["stage"]): E {
  const wrapped = new Map<PropertyKey, unknown>();
  for (const capability of capabilities) {
    if (!engine[capability]) continue;
    wrapped.set(capability, (options: ModelOptions): EngineStage["stage"] => {
      const stage = (engine[capability] as (options: ModelOptions) => EngineStage["stage"])(options);
      return wrap({ capability, provider: engine.provider, options, stage });
    });
  }
  const copy = Object.assign(Object.create(Object.getPrototypeOf(engine) as object) as E, engine); // the engine itself may be frozen
  return new Proxy(copy, {
    get(_, name) {
      if (wrapped.has(name)) return wrapped.get(name);
      const value: unknown = Reflect.get(engine, name);
      return typeof value === "function" && !Object.hasOwn(engine, name) ? (value.bind(engine) as unknown) : value; // methods may have fields that are private
    },
  });
}
