/** How engines fail, as tests of any runner, and as data. */
import { yieldsValue } from "@iftk/core";
import type { TestRunner } from "../declare-laws.js";
import { checksOfBrokenAnswers } from "./checks-of-broken-answers.js";
import { checksOfLeaving } from "./checks-of-leaving.js";
import { checksOfRefusals } from "./checks-of-refusals.js";
import { checksOfWholeAnswers } from "./checks-of-whole-answers.js";
import { withTrial, type EngineSubject } from "./engine-trial.js";

/** What came of trying one check on a stage of an engine. */
export interface EngineResult {
  /** What the check tries, as a sentence. */
  readonly check: string;
  /** What was expected and what happened; undefined where the check holds. */
  readonly broken: string | undefined;
}

const checks = [...checksOfWholeAnswers, ...checksOfBrokenAnswers, ...checksOfRefusals, ...checksOfLeaving];

/** The checks that can be tried on the subject. */
function checksFor(subject: EngineSubject): readonly { readonly sentence: string; readonly attempt: () => Promise<void> }[] {
  // The address of a stage that only tells its mode: nothing listens there.
  const facts = { hasEndMark: subject.hasEndMark ?? true, givesStream: !yieldsValue(subject.stage("http://127.0.0.1:9").mode), hasKey: subject.key !== undefined };
  return checks.filter(({ applies }) => applies?.(facts) ?? true).map(({ sentence, holds }) => ({ sentence, attempt: () => withTrial(subject, holds) }));
}

/** Gives the function that declares how engines fail as tests of this runner, one for each check. */
export function engineLawsWith(runner: TestRunner): (subject: EngineSubject) => void {
  return function engineLaws(subject) {
    void runner.describe(`${subject.name} fails well`, () => {
      for (const { sentence, attempt } of checksFor(subject)) void runner.test(sentence, attempt);
    });
  };
}

/** Tries the same on the stage, one check after the other, and gives what came of each. */
export async function tryEngine(subject: EngineSubject): Promise<readonly EngineResult[]> {
  const results: EngineResult[] = [];
  for (const { sentence, attempt } of checksFor(subject)) {
    const broken = await attempt().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    results.push({ check: sentence, broken });
  }
  return results;
}
