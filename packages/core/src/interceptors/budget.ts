/** How many additional attempts may be made for all calls together. */
import { requireNumber } from "../require-number.js";

export interface BudgetOptions {
  /** Additional attempts that each call earns; 0.1 by default. */
  readonly ratio?: number;
  /** Additional attempts that may be saved up, and that there are to begin with; 10 by default. */
  readonly max?: number;
}

/** A bucket of additional attempts, shared by all interceptors that it is given to. */
export interface Budget {
  /** Counts a call. */
  earn(): void;
  /** Takes one additional attempt, if there is one. */
  spend(): boolean;
}

/**
 * A token bucket that keeps retries and hedges from multiplying the load on something that already fails.
 *
 * @throws StageError `invalid_argument` for a negative ratio and for a `max` below 1.
 */
export function budget(options: BudgetOptions = {}): Budget {
  const ratio = requireNumber("budget: ratio", options.ratio ?? 0.1, 0);
  const max = requireNumber("budget: max", options.max ?? 10, 1);
  let tokens = max;
  return {
    earn() {
      tokens = Math.min(max, tokens + ratio);
    },
    spend() {
      if (tokens < 1) return false;
      tokens--;
      return true;
    },
  };
}
