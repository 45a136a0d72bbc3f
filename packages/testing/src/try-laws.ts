/** The engine that tries the laws on a subject, whatever runs the tests. */
import type { Check } from "./check.js";
import { errorChecks } from "./checks-of-errors.js";
import { leakChecks } from "./checks-of-leaks.js";
import { orderChecks } from "./checks-of-order.js";
import { pullChecks } from "./checks-of-pull.js";
import { returnChecks } from "./checks-of-return.js";
import { signalChecks } from "./checks-of-signal.js";
import { laws, type Law, type LawResult } from "./law.js";
import { trialOf, type Subject, type Trial } from "./law-subject.js";
import { show } from "./settle.js";
import { strayErrors } from "./stray-errors.js";

const allChecks = [returnChecks, signalChecks, pullChecks, errorChecks, orderChecks, leakChecks].flat();

/** A check of a law, made for one subject. */
export interface LawCheck {
  readonly law: Law;
  /** What it tries, as a sentence. */
  readonly check: string;
  /** Whether it can be tried on the subject. */
  readonly isApplicable: boolean;
  /** What comes of trying it; never rejects. */
  readonly attempt: () => Promise<LawResult>;
}

/** The checks of all ten laws, made for one subject, in the order of the laws. */
export function lawChecks<In>(subject: Subject<In>): readonly LawCheck[] {
  const trial = trialOf(subject);
  return laws.flatMap((law) =>
    allChecks
      .filter((check) => check.law === law.name)
      .map((check) => {
        const hindrance = hindranceOf(check, trial);
        return { law, check: check.sentence, isApplicable: hindrance === undefined, attempt: () => attempt(law, check, trial, hindrance) };
      }),
  );
}

/**
 * Tries the ten laws on a subject, one check after another, and tells what came of each.
 *
 * What hangs is given up after the subject's patience, counted in turns of the event loop. On Node, errors that
 * nobody could catch are told as a breach of the law of leaks; do not run two at once.
 */
export async function tryLaws<In>(subject: Subject<In>): Promise<LawResult[]> {
  const results: LawResult[] = [];
  const strays = strayErrors();
  try {
    for (const check of lawChecks(subject)) results.push(await check.attempt());
  } finally {
    await strays.stop();
  }
  const [first, ...others] = strays.errors;
  const { law } = results.find((result) => result.law.name === "leaks") ?? {};
  if (!law || !strays.isWatching) return results;
  const check = "no error goes where nobody can catch it";
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return [...results, strays.errors.length === 0 ? { law, check, outcome: "kept" } : { law, check, outcome: "broken", how: `expected every rejection to be told to a reader; unhandled: ${show(first)}${more}` }];
}

function hindranceOf(check: Check, trial: Trial): string | undefined {
  if (trial.without?.includes(check.law)) return "by its own word it does not claim to keep it";
  return check.hindrance(trial);
}

async function attempt(law: Law, { sentence, holds }: Check, trial: Trial, hindrance: string | undefined): Promise<LawResult> {
  const about = { law, check: sentence };
  if (hindrance !== undefined) return { ...about, outcome: "not-applicable", how: hindrance };
  if (law.name === "signal" && !trial.takesSignal) return { ...about, outcome: "broken", how: "it takes no signal" };
  try {
    await holds(trial);
    return { ...about, outcome: "kept" };
  } catch (error) {
    return { ...about, outcome: "broken", how: error instanceof Error ? error.message : `it threw ${show(error)}` };
  }
}
