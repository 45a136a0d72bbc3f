/** The laws of a task: how a whole is cut into parts, and how parts are joined. */
import { collect, StageError, type Bidi, type InputStream, type Stream } from "@iftk/core";
import { isSame } from "./same.js";
import { cutAtRandom, seeded, type SeededRandom, type Sliceable } from "./seeded.js";
import { describeOutcome, settle, show, type Outcome } from "./settle.js";
import { feed } from "./sources.js";

/** A task whose wholes and parts are of one type. */
export interface SameTypeTask<T> {
  /** Cuts what comes, however it is chunked, into parts. */
  readonly split: Bidi<T, T>;
  /** Joins parts, or chunks, into the whole. */
  readonly join: InputStream<T, T>;
}

/** A task and what is needed to try its laws. */
export interface TaskSubject<T> {
  readonly task: SameTypeTask<T>;
  /** Wholes to try it with; take some that are empty, long and awkward. */
  readonly wholes: readonly T[];
  /** Cuts a whole into random pieces that joined are the whole; needed where it is no text, list or bytes. */
  readonly cut?: (whole: T, random: SeededRandom) => readonly T[];
  /** How wholes are compared; by what they hold if left out. */
  readonly isSame?: (one: T, other: T) => boolean;
  /** Random ways of chunking tried with each whole; 25 by default. */
  readonly rounds?: number;
  /** The seed of the random ways; 1 by default. */
  readonly seed?: number;
  /** Turns of the event loop that an answer may take before it counts as hung; 1000 by default. */
  readonly patience?: number;
}

/** A law of tasks. */
export interface TaskLaw {
  readonly number: number;
  readonly sentence: string;
}

/** What came of trying a law of tasks. */
export interface TaskResult {
  readonly law: TaskLaw;
  readonly outcome: "kept" | "broken";
  /** For "broken", the whole, the chunks and what happened. */
  readonly how?: string;
}

/** The laws of tasks, in their order. */
export const taskLawList: readonly TaskLaw[] = ["joining what was split gives the whole back", "the parts do not depend on how the input was chunked", "the whole does not depend on how what is joined was chunked"].map((sentence, index) => ({ number: index + 1, sentence }));

/** A law for one way of chunking: what is wrong with it, or undefined. */
type Fault<T> = (whole: T, chunks: readonly T[]) => Promise<string | undefined>;

function faultsOf<T>({ task, patience = 1000, isSame: isSameWhole = isSame }: TaskSubject<T>): readonly Fault<T>[] {
  const parts = (input: Stream<T>): Promise<Outcome<T[]>> => settle(collect(task.split(input)), patience);
  const joined = (input: Stream<T>): Promise<Outcome<T>> => settle(task.join(input), patience);
  const isWhole = (outcome: Outcome<T>, whole: T): boolean => outcome !== "pending" && "value" in outcome && isSameWhole(outcome.value, whole);
  return [
    async (whole, chunks) => {
      const outcome = await joined(task.split(feed(...chunks)));
      return isWhole(outcome, whole) ? undefined : `joining its parts was to give ${show(whole)}; ${describeOutcome(outcome)}`;
    },
    async (whole, chunks) => {
      const [expected, found] = [await parts(feed(whole)), await parts(feed(...chunks))];
      return found !== "pending" && isSame(expected, found) ? undefined : `in one piece, ${describeOutcome(expected)}; in these chunks, ${describeOutcome(found)}`;
    },
    async (whole, chunks) => {
      const outcome = await joined(feed(...chunks));
      return isWhole(outcome, whole) ? undefined : `joining these chunks was to give ${show(whole)}; ${describeOutcome(outcome)}`;
    },
  ];
}

/** A check of one law of a task. */
export interface TaskCheck {
  readonly law: TaskLaw;
  readonly attempt: () => Promise<TaskResult>;
}

/** The checks of the laws of a task, in their order. */
export function taskChecks<T>(subject: TaskSubject<T>): readonly TaskCheck[] {
  const { wholes, rounds = 25, seed = 1, cut = cutSliceable } = subject;
  if (wholes.length === 0) throw new StageError("invalid_argument", "taskLaws: give at least one whole");
  return faultsOf(subject).map((fault, index) => {
    const law = taskLawList[index] as TaskLaw;
    const attempt = async (): Promise<TaskResult> => {
      const random = seeded(seed);
      for (const whole of wholes) {
        for (let round = 0; round <= rounds; round++) {
          const chunks = round === 0 ? [whole] : cut(whole, random);
          if (await fault(whole, chunks)) return { law, outcome: "broken", how: await smallest(fault, whole, chunks, subject) };
        }
      }
      return { law, outcome: "kept" };
    };
    return { law, attempt };
  });
}

/** Tries the laws of a task: the same result for the same seed. */
export async function tryTask<T>(subject: TaskSubject<T>): Promise<TaskResult[]> {
  const results: TaskResult[] = [];
  for (const { attempt } of taskChecks(subject)) results.push(await attempt());
  return results;
}

/** The fault in fewer chunks, as long as it stays when two neighbours are one. */
async function smallest<T>(fault: Fault<T>, whole: T, chunks: readonly T[], { seed = 1 }: TaskSubject<T>): Promise<string> {
  let best = chunks;
  for (let at = 0; at + 1 < best.length; ) {
    const both = glue(best[at] as T, best[at + 1] as T);
    const fewer = both === undefined ? undefined : [...best.slice(0, at), both, ...best.slice(at + 2)];
    if (fewer && (await fault(whole, fewer))) best = fewer;
    else at++;
  }
  return `with ${show(whole)} in the chunks ${show(best)} (seed ${seed}): ${await fault(whole, best)}`;
}

/** Two neighbouring chunks in one, where that is known. */
function glue<T>(one: T, other: T): T | undefined {
  if (typeof one === "string" && typeof other === "string") return (one + other) as T;
  if (Array.isArray(one) && Array.isArray(other)) return [...(one as unknown[]), ...(other as unknown[])] as T;
  return undefined;
}

function cutSliceable<T>(whole: T, random: SeededRandom): readonly T[] {
  if (typeof whole !== "string" && !Array.isArray(whole) && !(whole instanceof Uint8Array)) throw new StageError("invalid_argument", `taskLaws: it is not known how to cut ${show(whole)}; give cut, which cuts a whole into random pieces`);
  return cutAtRandom<Sliceable>(whole, random) as readonly unknown[] as readonly T[];
}
