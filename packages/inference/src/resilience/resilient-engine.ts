/** An engine whose stages are all resilient. */
import { StageError, type AnyStage } from "@iftk/core";
import { concurrency, rateLimit } from "@iftk/core/interceptors";
import { defined } from "../defined.js";
import type { Engine, EngineCapability, EngineStages } from "../engine.js";
import { breaker } from "./breaker.js";
import { resilient, worthAnother, type ResiliencePolicies, type ResilientOptions, type TimeLimits } from "./resilient.js";
import { wrapEngine } from "./wrap-engine.js";

type StageOf<C extends EngineCapability> = ReturnType<EngineStages[C]>;

export interface ResilientEngineOptions extends Omit<ResiliencePolicies, "provider" | "model"> {
  /** What holds for the stages of one capability, over what holds for all. */
  readonly capabilities?: { readonly [C in EngineCapability]?: ResilientOptions<StageOf<C>, StageOf<C>, "before-first" | "continue"> };
}

/** Milliseconds in which a first content may be expected of what is made before it is sent. */
const patience: { readonly [C in EngineCapability]?: TimeLimits } = {
  textToImage: { first: 300_000 },
  imageAndTextToVideo: { first: 1_200_000 },
  audioToText: { first: 600_000 },
};

/** A video that is not there in time is not begun anew: the provider may still be at it, and each is paid for. */
const worthAnotherVideo = (error: unknown): boolean => worthAnother(error) && StageError.from(error).code !== "deadline_exceeded";

/**
 * The engine with `resilient` around each of its stages. Limits and the breaker are shared by all of them, since a provider counts and fails as a whole;
 * those of one capability by the stages of that.
 *
 * Images have 5 minutes for their first content, transcripts 10 and videos 20, unless `timeout` says otherwise. A video that is late is
 * not asked for again, unless `retry.when` says so.
 *
 * @throws StageError `invalid_argument` for options out of range.
 */
export function resilientEngine<E extends Engine>(engine: E, options: ResilientEngineOptions = {}): E {
  const { capabilities = {}, ...policies } = options;
  const { provider } = engine;
  const shared = { ...sharing(provider, policies), provider };
  const owned = new Map(Object.entries(capabilities).map(([capability, own]) => [capability, sharing(provider, defined<ResilientOptions<AnyStage, AnyStage>>((own ?? {}) as object))]));
  return wrapEngine(engine, ({ capability, stage, options: { model } }) => {
    const own = owned.get(capability);
    const limits = own?.timeout === false || (own?.timeout === undefined && shared.timeout === false) ? false : { ...patience[capability], ...defined(shared.timeout || {}), ...defined(own?.timeout ?? {}) };
    const wanted = own?.retry ?? shared.retry ?? {};
    const retry = capability === "imageAndTextToVideo" && wanted !== false ? { when: worthAnotherVideo, ...defined(wanted) } : wanted;
    return resilient<AnyStage, AnyStage>(stage, { ...shared, model, ...own, timeout: limits, retry }) as typeof stage;
  });
}

/** The policies with limits and a breaker that are made once, for all stages that they are given to. */
function sharing<P extends ResiliencePolicies>(provider: string, policies: P): P {
  return {
    ...policies,
    ...(typeof policies.breaker === "object" && { breaker: breaker({ name: provider, ...policies.breaker }) }),
    ...(typeof policies.concurrency === "object" && { concurrency: concurrency(policies.concurrency) }),
    ...(typeof policies.rateLimit === "object" && { rateLimit: rateLimit(policies.rateLimit) }),
  };
}
