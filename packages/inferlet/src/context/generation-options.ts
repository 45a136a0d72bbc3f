/** How a context generates. */
import { StageError } from "@iftk/core";
import type { AppliedAdapter } from "../backend.js";
import type { Format } from "../decoder/format.js";
import type { GenerateOptions } from "../generate.js";
import { Grammar } from "../grammar/grammar.js";
import { Matcher } from "../grammar/matcher.js";
import type { Model } from "../model/model.js";
import { mask, type TokenMask } from "../sampling/logit-processor.js";
import type { SamplingStep } from "../sampling/sampler.js";

/** Options of one generation of a context; the sampler is given beside them, and the history is what the context holds. */
export interface GenerationOptions extends Omit<GenerateOptions, "sampler" | "history" | "constrain"> {
  /** Holds what is generated to all of these. A generation follows forks of the matchers, from where they are. */
  readonly constrain?: Grammar | Matcher | readonly (Grammar | Matcher)[] | undefined;
  /** The tokens that may be picked: a mask, or what gives the one of a step. */
  readonly logitMask?: TokenMask | ((step: SamplingStep) => TokenMask | undefined) | undefined;
  /** Texts at which the generation ends, each of at least one character; they are not part of the text. */
  readonly stop?: readonly string[] | undefined;
  /** Adapters of this generation, in place of those of the context. */
  readonly adapters?: readonly AppliedAdapter[] | undefined;
  /** Begins the assistant's turn where a conversation waits for one; true by default. */
  readonly autoFlush?: boolean | undefined;
}

/** Options of a generation that is read as events. */
export interface EventOptions extends GenerationOptions {
  readonly decode: true;
  /** Tells thinking apart from text; true by default. */
  readonly reasoning?: boolean | undefined;
  /** Tells calls of tools apart from text; by default where the context is equipped with tools. */
  readonly toolUse?: boolean | undefined;
  /** How the model writes them; told by its chat template without it. */
  readonly format?: Format | undefined;
}

/** The options as `generate` takes them. @throws StageError `invalid_argument` for a stop text without a character. */
export function tokenOptions(model: Model, options: GenerationOptions): Omit<GenerateOptions, "sampler"> {
  const { constrain = [], logitMask, processors = [], stop = [], adapters: _adapters, autoFlush: _autoFlush, ...others } = options;
  if (stop.includes("")) throw new StageError("invalid_argument", "stop: a stop text has at least one character");
  const constraints = isOne(constrain) ? [constrain] : constrain;
  return {
    ...others,
    processors: logitMask === undefined ? processors : [...processors, mask(logitMask)],
    constrain: constraints.map((one) => (one instanceof Grammar ? new Matcher(one, model.tokenizer.table) : one)),
  };
}

const isOne = (value: Grammar | Matcher | readonly (Grammar | Matcher)[]): value is Grammar | Matcher => !Array.isArray(value);
