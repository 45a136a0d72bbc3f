/** Checks of the ninth law: nothing leaks. */
import { demand, demandClosed, demandReleased, anySubject, answerTo, ifGivesStream, ifTakesStream, leave, outcomeOf, tidy, type Check } from "./check.js";
import { settle } from "./settle.js";
import { countedAbort, turns } from "./signals.js";
import { failing, feed, tracked } from "./sources.js";

/** Runs over one signal; none may leave a listener on it. */
const rounds = 3;

const afterTheEnd: Check = {
  law: "leaks",
  sentence: "the caller's signal has no listener after the end, nor after an error",
  hindrance: anySubject,
  async holds(trial) {
    const abort = countedAbort();
    for (let round = 0; round < rounds; round++) await answerTo(trial, settle(outcomeOf(trial, trial.start({ signal: abort.signal })), trial.patience), "all reads");
    demand(abort.listeners === 0, `no listener on the signal after ${rounds} runs to the end`, `there are ${abort.listeners}`);
    if (trial.takesStream) await outcomeOf(trial, trial.start({ source: failing(new Error("of the source"), ...trial.input), signal: abort.signal }));
    demand(abort.listeners === 0, "no listener on the signal after a run that failed", `there are ${abort.listeners}`);
    await demandReleased(trial);
  },
};

const afterLeaving: Check = {
  law: "leaks",
  sentence: "the caller's signal has no listener after leaving",
  hindrance: ifGivesStream,
  async holds(trial) {
    const abort = countedAbort();
    for (let round = 0; round < rounds; round++) {
      const iterator = trial.start({ signal: abort.signal })[Symbol.asyncIterator]();
      await answerTo(trial, iterator.next(), "the first read");
      await leave(iterator, trial.soon);
    }
    demand(abort.listeners === 0, `no listener on the signal after ${rounds} runs that were left`, `there are ${abort.listeners}`);
    await demandReleased(trial);
  },
};

const sources: Check = {
  law: "leaks",
  sentence: "no source is open after the end, nor after an error",
  hindrance: ifTakesStream,
  async holds(trial) {
    for (const [source, when] of [[tracked(feed(...trial.input)), "at the end"], [tracked(failing(new Error("of the source"), ...trial.input)), "after its error"]] as const) {
      await outcomeOf(trial, trial.start({ source }));
      await turns();
      demandClosed(source, when);
    }
  },
};

const reads: Check = {
  law: "leaks",
  sentence: "every read settles, also those made at once beyond the end",
  hindrance: ifGivesStream,
  async holds(trial) {
    const iterator = trial.start()[Symbol.asyncIterator]();
    const made = Array.from({ length: (trial.output ?? trial.input).length + 4 }, () => settle(iterator.next(), trial.patience));
    const pending = (await Promise.all(made)).filter((outcome) => outcome === "pending").length;
    await tidy(iterator);
    demand(pending === 0, `all of ${made.length} reads to settle`, `${pending} are still pending`);
  },
};

export const leakChecks: readonly Check[] = [afterTheEnd, afterLeaving, sources, reads];
