/** Checks of the laws of tasks that compare results. */
import { takesValue, type AnyStage, type Mode } from "@iftk/core";
import type { AnyImplementation } from "@iftk/core/task";
import { describeOutcome, settle, show, type Outcome } from "./settle.js";
import { feed } from "./sources.js";
import type { TaskLawName } from "./task-subject.js";
import { callIn, glued, joinedBy, modes, type TaskTrial } from "./task-trial.js";

/** A check of one law of tasks. */
export interface TaskCheck {
  readonly law: TaskLawName;
  /** What it tries, as a sentence. */
  readonly check: string;
  /** What is wrong, or undefined; it may reject instead. */
  readonly fault: () => Promise<string | undefined>;
  /** Why it cannot be tried; undefined when it can. */
  readonly hindrance?: () => Promise<string | undefined>;
}

/** What comes of a whole that is given in these parts. */
type Attempt = (whole: unknown, parts: readonly unknown[]) => Promise<Outcome<unknown>>;

/** The checks of what is lost or differs. */
export function resultChecks(trial: TaskTrial): readonly TaskCheck[] {
  const { task, patience, rounds, implementation, expected, isServed } = trial;
  const itself = (whole: unknown): Promise<unknown> => Promise.resolve(whole);
  const rejoined = (split: AnyStage, join: AnyStage, whole: unknown): Promise<Outcome<unknown>> => settle(callIn(join, callIn(split, whole)), patience);
  const input: readonly TaskCheck[] = [
    { law: "input", check: "joinInput puts together what splitInput cut", fault: () => differing(trial, 0, itself, (whole) => rejoined(task.splitInput, task.joinInput, whole)) },
    { law: "chunks", check: "joinInput gives the same however the input was cut", fault: () => differing(trial, rounds, itself, (_, parts) => settle(callIn(task.joinInput, feed(...parts)), patience)) },
  ];
  if (!implementation) return input;
  const output: TaskCheck = {
    law: "output",
    check: "joinOutput puts together what splitOutput cut",
    fault: () => differing(trial, 0, expected, async (whole) => rejoined(task.splitOutput, task.joinOutput, await expected(whole))),
  };
  const chunks = (["input-stream", "bidi"] as const).map((mode): TaskCheck => ({ law: "chunks", check: `${mode} gives the same however the input was cut`, fault: () => differingIn(trial, rounds, implementation, mode) }));
  const roundsOfMatrix = Math.min(rounds, 2);
  const matrix = modes.flatMap((given) =>
    modes.map((asked): TaskCheck => ({ law: "flavours", check: `${given} serves ${asked}${isServed ? ", where it is served" : ""}`, fault: () => differingIn(trial, roundsOfMatrix, trial.only(given), asked) })),
  );
  return [...input, output, ...chunks, ...matrix];
}

/** Where a flavour of an implementation, served, gives something else than `unary` does in this process. */
function differingIn(trial: TaskTrial, rounds: number, implementation: AnyImplementation, mode: Mode): Promise<string | undefined> {
  return trial.serving(implementation, (served) => differing(trial, takesValue(mode) ? 0 : rounds, trial.expected, (whole, parts) => joinedBy(trial, served, mode, whole, parts)));
}

/** The first whole, in the fewest parts, of which something else comes than is expected. */
async function differing(trial: TaskTrial, rounds: number, expectedOf: (whole: unknown) => Promise<unknown>, attempt: Attempt): Promise<string | undefined> {
  for (const whole of trial.wholes) {
    const expected = await expectedOf(whole);
    const isWrong = async (parts: readonly unknown[]): Promise<boolean> => {
      const outcome = await attempt(whole, parts);
      return outcome === "pending" || !("value" in outcome) || !trial.isSame(outcome.value, expected);
    };
    for await (const parts of trial.cuts(whole, rounds)) {
      if (!(await isWrong(parts))) continue;
      const fewest = rounds === 0 ? parts : await smallest(parts, isWrong);
      return `with ${show(whole)} in the parts ${show(fewest)} (seed ${trial.seed}): expected ${show(expected)}; ${describeOutcome(await attempt(whole, fewest))}`;
    }
  }
  return undefined;
}

/** The parts, neighbours glued as long as the fault stays. */
async function smallest(parts: readonly unknown[], isWrong: (parts: readonly unknown[]) => Promise<boolean>): Promise<readonly unknown[]> {
  let best = parts;
  for (let at = 0; at + 1 < best.length; ) {
    const both = glued(best[at], best[at + 1]);
    const fewer = both === undefined ? undefined : [...best.slice(0, at), both, ...best.slice(at + 2)];
    if (fewer && (await isWrong(fewer))) best = fewer;
    else at++;
  }
  return best;
}
