/** Processors against repetition. */
import { StageError } from "@iftk/core";
import type { LogitProcessor } from "./logit-processor.js";
import { TokenCounts } from "./token-counts.js";

export interface PenaltyOptions {
  /** Looks back so many tokens, a positive integer; without it as far as there are any. */
  readonly window?: number | undefined;
}

/**
 * Makes every token of the prompt and of what was generated less likely: its logit is divided by the
 * penalty when it is above 0 and multiplied when it is below (CTRL, Keskar et al. 2019).
 *
 * @param penalty above 0; 1 changes nothing, below 1 repetition is favoured
 * @throws StageError `invalid_argument` for a number out of its range.
 */
export function repetitionPenalty(penalty: number, options: PenaltyOptions = {}): LogitProcessor {
  if (!(penalty > 0 && penalty < Infinity)) throw new StageError("invalid_argument", `repetitionPenalty: expected a number above 0, got ${penalty}`);
  const seen = new TokenCounts({ withPrompt: true, window: windowOf(options) });
  return function penalizeRepetition(logits, step) {
    for (const token of seen.at(step).keys()) {
      const logit = logits[token] as number;
      logits[token] = logit > 0 ? logit / penalty : logit * penalty;
    }
  };
}

/**
 * Lowers the logit of each generated token by the penalty for every time it was generated.
 *
 * @param penalty a finite number; below 0 it favours repetition. Providers take -2 to 2
 * @throws StageError `invalid_argument` for a number out of its range.
 */
export function frequencyPenalty(penalty: number, options: PenaltyOptions = {}): LogitProcessor {
  checkFinite("frequencyPenalty", penalty);
  const seen = new TokenCounts({ withPrompt: false, window: windowOf(options) });
  return function penalizeFrequency(logits, step) {
    for (const [token, count] of seen.at(step)) logits[token] = (logits[token] as number) - count * penalty;
  };
}

/**
 * Lowers the logit of each generated token by the penalty, however often it was generated.
 *
 * @param penalty as for `frequencyPenalty`
 * @throws StageError `invalid_argument` for a number out of its range.
 */
export function presencePenalty(penalty: number, options: PenaltyOptions = {}): LogitProcessor {
  checkFinite("presencePenalty", penalty);
  const seen = new TokenCounts({ withPrompt: false, window: windowOf(options) });
  return function penalizePresence(logits, step) {
    for (const token of seen.at(step).keys()) logits[token] = (logits[token] as number) - penalty;
  };
}

function checkFinite(name: string, penalty: number): void {
  if (!Number.isFinite(penalty)) throw new StageError("invalid_argument", `${name}: expected a finite number, got ${penalty}`);
}

function windowOf({ window = Infinity }: PenaltyOptions): number {
  if (window !== Infinity && !(Number.isInteger(window) && window > 0)) throw new StageError("invalid_argument", `window: expected a positive integer, got ${window}`);
  return window;
}
