/** What every backend does alike, as tests of any runner and as data. */
import type { BackendCheck, BackendSubject } from "./backend-trial.js";
import { checksOfAdapters } from "./checks-of-adapters.js";
import { checksOfAttention } from "./checks-of-attention.js";
import { checksOfEnds } from "./checks-of-ends.js";
import { checksOfPasses } from "./checks-of-passes.js";
import { checksOfSequences } from "./checks-of-sequences.js";
import { checksOfStates } from "./checks-of-states.js";
import { checksOfTokens } from "./checks-of-tokens.js";

/** A backend, and the functions of a test runner, which vitest, node:test, Jest and Mocha all have. */
export interface ConformanceOptions extends BackendSubject {
  readonly describe: (name: string, declare: () => void) => unknown;
  readonly test: (name: string, run: () => Promise<void>) => unknown;
}

/** What came of trying one check on a backend. */
export interface ConformanceResult {
  /** What the check tries, as a sentence. */
  readonly check: string;
  readonly outcome: "kept" | "broken" | "not-applicable";
  /** For "broken", what was expected and what happened; for "not-applicable", why. */
  readonly how?: string;
}

const checks: readonly BackendCheck[] = [...checksOfTokens, ...checksOfPasses, ...checksOfSequences, ...checksOfStates, ...checksOfAttention, ...checksOfAdapters, ...checksOfEnds];

/** Declares a test for each thing that every backend does alike; what the backend says it cannot do must be refused. */
export function backendConformance({ describe, test, ...subject }: ConformanceOptions): void {
  void describe(`${subject.name} is a backend like others`, () => {
    for (const check of checks) {
      void test(check.sentence, async () => {
        const { outcome, how } = await attempt(check, subject);
        if (outcome === "broken") throw new Error(how);
      });
    }
  });
}

/** Tries the same, one check after the other, and gives what came of each. */
export async function tryBackend(subject: BackendSubject): Promise<readonly ConformanceResult[]> {
  const results: ConformanceResult[] = [];
  for (const check of checks) results.push(await attempt(check, subject));
  return results;
}

async function attempt({ sentence, bounds, hindrance, holds }: BackendCheck, subject: BackendSubject): Promise<ConformanceResult> {
  const backend = await subject.open(bounds);
  try {
    const trial = { backend, subject };
    const how = hindrance?.(trial);
    if (how !== undefined) return { check: sentence, outcome: "not-applicable", how };
    await holds(trial);
    return { check: sentence, outcome: "kept" };
  } catch (error) {
    return { check: sentence, outcome: "broken", how: error instanceof Error ? error.message : String(error) };
  } finally {
    await backend.close();
  }
}
