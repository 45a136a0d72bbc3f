/** Checks of the third law: the signal is heard. */
import { answerTo, anySubject, demand, demandClosed, demandEnded, demandRejection, demandReleased, ifCanHang, ifGivesStream, readAll, type Check } from "./check.js";
import { describeOutcome, isRejectionWith, settle } from "./settle.js";
import { countedAbort, microtasks, turns } from "./signals.js";
import { feed, hang, tracked } from "./sources.js";

/** Turns of the event loop in which an abort is told: one for the settle, one for who looks. */
const atOnce = 2;

const before: Check = {
  law: "signal",
  sentence: "a signal that fired before the call: rejected with its reason, and nothing is opened",
  hindrance: anySubject,
  async holds(trial) {
    const abort = countedAbort();
    const reason = new Error("aborted before the call");
    abort.abort(reason);
    const source = tracked(feed(...trial.input));
    demandRejection(await settle(readAll(trial.start({ source, signal: abort.signal })), trial.soon), reason, "the call");
    demand(source.opened === 0, "the source to be left alone", "it was opened");
    await demandReleased(trial);
  },
};

const during: Check = {
  law: "signal",
  sentence: "a signal that fires while reads are pending on something deaf: the first is rejected with its reason at once, the others settle",
  hindrance: ifCanHang,
  async holds(trial) {
    const abort = countedAbort();
    const reason = new Error("aborted during a read");
    const source = tracked(hang());
    const iterator = trial.startSilent({ source, signal: abort.signal })[Symbol.asyncIterator]();
    const reads = (trial.givesStream ? [0, 1, 2] : [0]).map(() => iterator.next());
    for (const read of reads) Promise.resolve(read).catch(() => {}); // observed below, after the abort
    await turns(2);
    abort.abort(reason);
    const [first, ...others] = await Promise.all(reads.map((read) => settle(read, atOnce)));
    demandRejection(first ?? "pending", reason, "the pending read");
    for (const other of others) demand(other !== "pending", "the reads behind it to settle as well", "one is still pending");
    if (trial.takesStream) demandClosed(source, "by the abort");
    await demandEnded(trial, iterator, "the rejection");
    await demandReleased(trial);
  },
};

const between: Check = {
  law: "signal",
  sentence: "a signal that fires between reads closes the source at once, rejects the next read, and then the stream is at its end",
  hindrance: ifGivesStream,
  async holds(trial) {
    const abort = countedAbort();
    const reason = new Error("aborted between reads");
    const source = tracked(feed(...trial.input));
    const iterator = trial.start({ source, signal: abort.signal })[Symbol.asyncIterator]();
    await answerTo(trial, iterator.next(), "the first read");
    abort.abort(reason);
    await turns(atOnce);
    if (trial.takesStream) demandClosed(source, "although nobody reads");
    demandRejection(await settle(iterator.next(), atOnce), reason, "the next read");
    await demandEnded(trial, iterator, "the rejection");
    await demandReleased(trial);
  },
};

const anywhere: Check = {
  law: "signal",
  sentence: "a signal that fires at any step of a run: rejected with its reason, or already at its end",
  hindrance: anySubject,
  async holds(trial) {
    for (let step = 0; step < (trial.takesStream ? 24 : 6); step++) {
      const abort = countedAbort();
      const reason = new Error(`aborted at step ${step}`);
      const source = tracked(feed(...trial.input));
      const read = settle(readAll(trial.start({ source, signal: abort.signal })), trial.patience);
      await microtasks(step * 2);
      abort.abort(reason);
      const outcome = await settle(read, trial.soon).then((seen) => (seen !== "pending" && "value" in seen ? seen.value : "pending"));
      demand(isRejectionWith(outcome, reason) || (outcome !== "pending" && "value" in outcome), `an abort after ${step * 2} microtasks to be told within ${trial.soon} turns`, describeOutcome(outcome));
      demandClosed(source, `after an abort at ${step * 2} microtasks`);
    }
    await demandReleased(trial);
  },
};

const finished: Check = {
  law: "signal",
  sentence: "a signal that fires after the end changes nothing",
  hindrance: anySubject,
  async holds(trial) {
    const abort = countedAbort();
    const iterator = trial.start({ signal: abort.signal })[Symbol.asyncIterator]();
    while (!(await answerTo(trial, iterator.next(), "every read")).done);
    abort.abort(new Error("aborted after the end"));
    await turns();
    await demandEnded(trial, iterator, "an abort that came after the end");
  },
};

export const signalChecks: readonly Check[] = [before, during, between, anywhere, finished];
