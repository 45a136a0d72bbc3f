/** How much a model is to think before it replies. */
import type { OutputConfig, ThinkingConfigParam } from "@anthropic-ai/sdk/resources/messages";
import { StageError } from "@iftk/core";
import type { ReasoningOptions } from "@iftk/inference";
import { provider } from "./failure.js";
import type { ModelTraits } from "./model-traits.js";

export interface Thinking {
  readonly thinking?: ThinkingConfigParam;
  readonly effort?: NonNullable<OutputConfig["effort"]>;
}

type Effort = Exclude<NonNullable<ReasoningOptions["effort"]>, "none">;

/** The provider's own words; it has none for less than `low`. */
const efforts = { minimal: "low", low: "low", medium: "medium", high: "high", xhigh: "xhigh", max: "max" } as const satisfies Record<Effort, OutputConfig["effort"]>;

/** What part of all tokens may go into thoughts, for models that are told by tokens. */
const shares: Readonly<Record<Effort, number>> = { minimal: 0.1, low: 0.2, medium: 0.5, high: 0.8, xhigh: 0.9, max: 0.95 };

/** The API takes no smaller budget. */
const smallestBudget = 1024;

/** What the provider is told; without `reasoning`, nothing, and the model does as it does by itself. */
export function thinkingOf(reasoning: ReasoningOptions | undefined, traits: ModelTraits, maxTokens: number, warn: (message: string) => void): Thinking {
  if (!reasoning || (reasoning.effort === undefined && reasoning.maxTokens === undefined)) return {};
  const { effort, maxTokens: budget } = reasoning;
  if (effort === "none") return withoutThinking(traits, warn);
  if (traits.thinking === "none") {
    warn("reasoning: this model does not think; it is left out");
    return {};
  }
  const word = effort !== undefined && traits.takesEffort ? { effort: efforts[effort] } : {};
  const isByTokens = traits.thinking === "budget" || (traits.thinking === "either" && effort === undefined);
  if (isByTokens) return { thinking: { type: "enabled", budget_tokens: budgetOf(budget, effort ?? "medium", maxTokens) }, ...word };
  if (budget !== undefined) warn("reasoning.maxTokens: this model is told by effort how much to think; it is left out");
  return { thinking: { type: "adaptive", ...(traits.hidesThinking && { display: "summarized" }) }, ...word };
}

function withoutThinking({ thinking, withoutThinking: type }: ModelTraits, warn: (message: string) => void): Thinking {
  if (thinking === "none") return {};
  if (type !== undefined) return { thinking: { type } };
  warn("reasoning.effort: this model always thinks; it is told to think least");
  return { effort: "low" };
}

function budgetOf(budget: number | undefined, effort: Effort, maxTokens: number): number {
  const found = Math.max(smallestBudget, budget ?? Math.floor(maxTokens * shares[effort]));
  if (found < maxTokens) return found;
  throw new StageError("invalid_argument", `${provider}: reasoning: thoughts count towards maxTokens, so it must be more than the ${found} tokens for them; it is ${maxTokens}`);
}
