/** Checks of the sixth and the seventh law: errors pass untouched, and a cut stream is one. */
import { pipe, StageError, take, type Stream } from "@iftk/core";
import { answerTo, demand, demandClosed, demandEnded, demandReleased, ifBothStreams, ifTakesStream, leave, outcomeOf, type Check } from "./check.js";
import type { Trial } from "./law-subject.js";
import { describeOutcome, isRejectionWith, settle, type Outcome } from "./settle.js";
import { turns } from "./signals.js";
import { failing, feed, tracked } from "./sources.js";

/** A source that throws, rather than rejects, when it is opened or first read. */
function throwing(at: "open" | "read", error: unknown): Stream<unknown> {
  return {
    [Symbol.asyncIterator]() {
      if (at === "open") throw error;
      return {
        next() {
          throw error;
        },
      };
    },
  };
}

const untouched: Check = {
  law: "errors",
  sentence: "an error of the source arrives as it was thrown, whatever it is and wherever it comes",
  hindrance: ifTakesStream,
  async holds(trial) {
    for (const error of [new Error("of the source"), "a text that was thrown", undefined]) {
      for (let count = 0; count <= trial.input.length; count++) {
        const source = tracked(failing(error, ...trial.input.slice(0, count)));
        const outcome = await outcomeOf(trial, trial.start({ source }));
        demand(isRejectionWith(outcome, error), `the error that the source threw after ${count} values (${String(error)})`, describeOutcome(outcome));
      }
    }
    await demandReleased(trial);
  },
};

const synchronous: Check = {
  law: "errors",
  sentence: "an error that the source throws at once, when it is opened or read, arrives as well",
  hindrance: ifTakesStream,
  async holds(trial) {
    for (const at of ["open", "read"] as const) {
      const error = new Error(`thrown at the ${at}`);
      const outcome = await outcomeOf(trial, trial.start({ source: throwing(at, error) }));
      demand(isRejectionWith(outcome, error), `the error that the source threw at the ${at}`, describeOutcome(outcome));
    }
  },
};

const thenEnded: Check = {
  law: "errors",
  sentence: "an error is told once, and then the stream is at its end",
  hindrance: ifBothStreams,
  async holds(trial) {
    const error = new Error("of the source");
    const iterator = trial.start({ source: failing(error, ...trial.input) })[Symbol.asyncIterator]();
    let told: Outcome<IteratorResult<unknown>>;
    do told = await settle(iterator.next(), trial.patience);
    while (told !== "pending" && "value" in told && !told.value.done);
    demand(isRejectionWith(told, error), "the error of the source", describeOutcome(told));
    for (let again = 0; again < 2; again++) await demandEnded(trial, iterator, "an error");
  },
};

/** Reads one value and leaves: what the source throws as it is closed has to be told. */
async function demandToldOnLeaving(trial: Trial, start: (source: Stream<unknown>) => Stream<unknown>): Promise<void> {
  const error = new Error("of the clean-up");
  const values = feed(...trial.input);
  let isTold = false;
  const source: Stream<unknown> = {
    [Symbol.asyncIterator]: () => ({
      next: () => values.next(),
      return() {
        isTold = true;
        return Promise.reject(error);
      },
    }),
  };
  const iterator = start(source)[Symbol.asyncIterator]();
  await answerTo(trial, iterator.next(), "the first read");
  const left = await leave(iterator, trial.patience);
  // Whether the source is told at all is the matter of the law of return.
  demand(!isTold || isRejectionWith(left, error), "return() to be rejected with the error of the source's return()", describeOutcome(left));
}

const untouchedByLeaving: Check = {
  law: "errors",
  sentence: "an error of the source's clean-up is told to who leaves",
  hindrance: ifBothStreams,
  holds: (trial) => demandToldOnLeaving(trial, (source) => trial.start({ source })),
};

const untouchedByOneAround: Check = {
  law: "errors",
  sentence: "an error of the source's clean-up is told to who leaves a stage written around it, also when that has stopped reading by itself",
  hindrance: ({ around }) => (around ? undefined : "it is no stage that takes and gives a stream"),
  async holds(trial) {
    const { around } = trial;
    if (!around) return;
    await demandToldOnLeaving(trial, around());
    await demandToldOnLeaving(trial, pipe(around(), take(1)));
  },
};

const atOnce: Check = {
  law: "errors",
  sentence: "with reads made at once, one is rejected with the error, those before it are answered, those behind it are done",
  hindrance: ifBothStreams,
  async holds(trial) {
    const error = new Error("of the source");
    const source = tracked(failing(error, ...trial.input));
    const iterator = trial.start({ source })[Symbol.asyncIterator]();
    // How many values come before the error is the stage's own affair: each reader goes on until it is given no more.
    const readOn = async (): Promise<Outcome<IteratorResult<unknown>>> => {
      for (;;) {
        const outcome = await settle(iterator.next(), trial.patience);
        if (outcome === "pending" || "error" in outcome || outcome.value.done) return outcome;
      }
    };
    const outcomes = await Promise.all(Array.from({ length: (trial.output ?? trial.input).length + 3 }, readOn));
    const rejected = outcomes.filter((outcome) => isRejectionWith(outcome, error)).length;
    const others = outcomes.filter((outcome) => outcome === "pending" || "error" in outcome).length;
    demand(rejected === 1 && others === 1, "exactly one of the reads to be rejected, with the error of the source", `of ${outcomes.length} readers ${rejected} were told of it and ${others - rejected} failed otherwise or are pending`);
    await turns();
    demandClosed(source, "by its error");
  },
};

const cut: Check = {
  law: "cut",
  sentence: "a stream that ends without its terminal mark is an error, never a short result",
  hindrance: ({ startCut }) => (startCut ? undefined : "how its stream can be cut off is not given (cut)"),
  async holds(trial) {
    const outcome = trial.startCut ? await outcomeOf(trial, trial.startCut()) : "pending";
    demand(outcome !== "pending" && "error" in outcome, "a stream that was cut off to fail", describeOutcome(outcome));
    const { error } = outcome;
    if (trial.isStage) demand(StageError.is(error) && error.code === "unavailable" && error.reason === "truncated", "a StageError unavailable with the reason truncated", describeOutcome(outcome));
    await demandReleased(trial);
  },
};

export const errorChecks: readonly Check[] = [untouched, synchronous, thenEnded, untouchedByLeaving, untouchedByOneAround, atOnce, cut];
