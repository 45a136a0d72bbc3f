/** Engines whose code is loaded by their first call. */
import { outputStream, unary, type CallOptions, type Stream } from "@iftk/core";
import type { Engine, EngineCapability } from "@iftk/inference";

type StageOfAny = (input: unknown, call: CallOptions) => unknown;

/** An engine that is not loaded before one of its stages is called: a provider's SDK takes longer to load than a short pipeline to run. */
export function lazyEngine(provider: string, capabilities: readonly EngineCapability[], load: () => Promise<Engine>): Engine {
  let loading: Promise<Engine> | undefined;

  function creator(capability: EngineCapability): unknown {
    const stageOf = async (options: never): Promise<StageOfAny> => (await (loading ??= load()))[capability]?.(options) as unknown as StageOfAny;
    if (capability === "embeddings") return (options: never) => unary(async (input: unknown, call) => (await stageOf(options))(input, call));
    return (options: never) => outputStream(async function* lazily(input: unknown, call) {
      yield* (await stageOf(options))(input, call) as Stream<unknown>;
    });
  }

  return { provider, ...Object.fromEntries(capabilities.map((capability) => [capability, creator(capability)])) };
}
