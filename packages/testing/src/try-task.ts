/** The engine that tries the laws of tasks, whatever runs the tests. */
import type { TaskTypes } from "@iftk/core/task";
import { flowChecks } from "./checks-of-task-flow.js";
import { resultChecks } from "./checks-of-tasks.js";
import { show } from "./settle.js";
import { taskLawList, type TaskLaw, type TaskResult, type TaskSubject } from "./task-subject.js";
import { taskTrialOf } from "./task-trial.js";

/** A check of a law of tasks, made for one subject. */
export interface TaskLawCheck {
  readonly law: TaskLaw;
  /** What it tries, as a sentence. */
  readonly check: string;
  /** What comes of trying it; never rejects. */
  readonly attempt: () => Promise<TaskResult>;
}

/**
 * The checks of the laws of tasks, made for one subject, in the order of the laws.
 *
 * @throws StageError `invalid_argument` for a subject without wholes.
 */
export function taskChecks<T extends TaskTypes>(subject: TaskSubject<T>): readonly TaskLawCheck[] {
  const trial = taskTrialOf(subject);
  const checks = [...resultChecks(trial), ...flowChecks(trial)];
  return taskLawList.flatMap((law) =>
    checks
      .filter((check) => check.law === law.name)
      .map(({ check, fault, hindrance }) => ({
        law,
        check,
        async attempt(): Promise<TaskResult> {
          try {
            const why = await hindrance?.();
            if (why !== undefined) return { law, check, outcome: "not-applicable", how: why };
            const how = await fault();
            return how === undefined ? { law, check, outcome: "kept" } : { law, check, outcome: "broken", how };
          } catch (error) {
            return { law, check, outcome: "broken", how: show(error) };
          }
        },
      })),
  );
}

/** Tries the laws of a task and of an implementation of it, one check after another: the same result for the same seed. */
export async function tryTask<T extends TaskTypes>(subject: TaskSubject<T>): Promise<TaskResult[]> {
  const results: TaskResult[] = [];
  for (const { attempt } of taskChecks(subject)) results.push(await attempt());
  return results;
}
