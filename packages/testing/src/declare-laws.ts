/** The laws as tests of any test runner. */
import type { TaskTypes } from "@iftk/core/task";
import type { Subject } from "./law-subject.js";
import { lawChecks } from "./try-laws.js";
import type { TaskSubject } from "./task-subject.js";
import { taskChecks } from "./try-task.js";

/** What is needed of a test runner: vitest, node:test, Jest and Mocha all have it. */
export interface TestRunner {
  readonly describe: (name: string, declare: () => void) => unknown;
  readonly test: (name: string, run: () => Promise<void>) => unknown;
}

/** Gives the function that declares the laws as tests of this runner: one test for each check that applies to the subject. */
export function stageLawsWith(runner: TestRunner): <In>(name: string, subject: Subject<In>) => void {
  return function stageLaws(name, subject) {
    void runner.describe(`${name} keeps the laws`, () => {
      for (const { law, check, isApplicable, attempt } of lawChecks(subject)) {
        if (isApplicable) void runner.test(`${law.number} ${law.name}: ${check}`, async () => failIfBroken(`law ${law.number} (${law.name})`, await attempt()));
      }
    });
  };
}

/** Gives the function that declares the laws of tasks as tests of this runner: each way from a given flavour to one that is asked for is a test. */
export function taskLawsWith(runner: TestRunner): <T extends TaskTypes>(name: string, subject: TaskSubject<T>) => void {
  return function taskLaws(name, subject) {
    void runner.describe(`${name} keeps the laws of tasks`, () => {
      for (const { law, check, attempt } of taskChecks(subject)) void runner.test(`${law.number} ${law.name}: ${check}`, async () => failIfBroken(`law ${law.number} of tasks (${law.name})`, await attempt()));
    });
  };
}

function failIfBroken(law: string, { outcome, how }: { readonly outcome: string; readonly how?: string }): void {
  if (outcome === "broken") throw new Error(`${law} is broken: ${how}`);
}
