/** Checks of the first two laws: nothing is acquired before the first read, and leaving reaches the source. */
import type { Stream } from "@iftk/core";
import { answerTo, demand, demandClosed, demandEnded, demandReleased, ifBothStreams, ifCanHang, ifGivesStream, ifTakesStream, leave, tidy, type Check } from "./check.js";
import { describeOutcome, settle } from "./settle.js";
import { microtasks, turns } from "./signals.js";
import { feed, tracked } from "./sources.js";

const lazy: Check = {
  law: "lazy",
  sentence: "the source is not opened before the first read",
  hindrance: ifTakesStream,
  async holds(trial) {
    const source = tracked(feed(...trial.input));
    const iterator = trial.start({ source })[Symbol.asyncIterator]();
    await turns(2);
    const { opened } = source;
    await tidy(iterator);
    demand(opened === 0, "the source to be left alone until the first read", `it was opened and asked for ${source.pulled} values`);
  },
};

const leftUnread: Check = {
  law: "lazy",
  sentence: "a stream that is left before the first read never opens its source, and is at its end",
  hindrance: ifBothStreams,
  async holds(trial) {
    const source = tracked(feed(...trial.input));
    const iterator = trial.start({ source })[Symbol.asyncIterator]();
    if (!iterator.return) return; // the law of return says so
    await tidy(iterator);
    await demandEnded(trial, iterator, "leaving");
    demand(source.opened === 0, "the source of a stream that was left unread never to be opened", `it was opened and asked for ${source.pulled} values`);
  },
};

const finallyFirst: Check = {
  law: "return",
  sentence: "leaving runs every finally up to the source's before the consumer's next statement",
  hindrance: ifGivesStream,
  async holds(trial) {
    let isThrough = false;
    const slowToClose = async function* (): Stream<unknown> {
      try {
        yield* feed(...trial.input);
      } finally {
        // With a read in flight, one turn of the event loop is all that a slow clean-up is waited for.
        if (trial.readsAhead === 0) await turns(2);
        else await microtasks();
        isThrough = true;
      }
    };
    const source = tracked(slowToClose());
    const visit = async (): Promise<boolean> => {
      for await (const value of trial.start({ source })) {
        void value;
        break;
      }
      return isThrough;
    };
    const through = await answerTo(trial, visit(), "a for await that breaks at the first value");
    if (trial.takesStream) {
      demandClosed(source, "when its consumer breaks");
      demand(through, "the source's finally to be through before the statement after the loop", "it was still running");
    }
    await demandReleased(trial);
  },
};

const whilePending: Check = {
  law: "return",
  sentence: "leaving settles, and so do the reads, while they are pending on something deaf",
  hindrance: (trial) => ifGivesStream(trial) ?? ifCanHang(trial),
  async holds(trial) {
    const source = tracked(deaf());
    const iterator = trial.startSilent({ source })[Symbol.asyncIterator]();
    const reads = [iterator.next(), iterator.next()].map((read) => settle(read, trial.patience));
    await turns();
    const left = await leave(iterator, trial.soon);
    demand(left !== "pending" && "value" in left, `leaving to be through within ${trial.soon} turns of the event loop`, describeOutcome(left));
    for (const read of reads) {
      const outcome = await settle(read, trial.soon);
      demand(outcome !== "pending", "the pending reads to settle with it", "one is still pending");
    }
    if (trial.takesStream) demandClosed(source, "although it answers nothing");
    await demandReleased(trial);
  },
};

const twice: Check = {
  law: "return",
  sentence: "leaving twice, at once and again, is leaving once",
  hindrance: ifGivesStream,
  async holds(trial) {
    const source = tracked(feed(...trial.input));
    const iterator = trial.start({ source })[Symbol.asyncIterator]();
    await answerTo(trial, iterator.next(), "the first read");
    const both = [leave(iterator, trial.patience), leave(iterator, trial.patience)];
    for (const left of [...(await Promise.all(both)), await leave(iterator, trial.patience)]) {
      demand(left !== "pending" && "value" in left, "every return() to answer", describeOutcome(left));
    }
    if (trial.takesStream) demandClosed(source, "after two returns at once");
    await demandEnded(trial, iterator, "leaving");
    await demandReleased(trial);
  },
};

const thrown: Check = {
  law: "return",
  sentence: "throw(), where there is one, closes the source",
  hindrance: (trial) => ifBothStreams(trial),
  async holds(trial) {
    const source = tracked(feed(...trial.input));
    const iterator = trial.start({ source })[Symbol.asyncIterator]();
    await answerTo(trial, iterator.next(), "the first read");
    if (!iterator.throw) return tidy(iterator);
    const outcome = await settle(iterator.throw(new Error("thrown by the consumer")), trial.patience);
    demand(outcome !== "pending", "throw() to settle", describeOutcome(outcome));
    demandClosed(source, "by throw()");
    await demandEnded(trial, iterator, "throw()");
    await demandReleased(trial);
  },
};

const fromWithin: Check = {
  law: "return",
  sentence: "leaving from within the source's own next() settles, and closes the source",
  hindrance: ifBothStreams,
  async holds(trial) {
    let left: ReturnType<typeof leave> | undefined;
    let isClosed = false;
    const values = trial.input.values();
    const source: Stream<unknown> = {
      [Symbol.asyncIterator]: () => ({
        next() {
          left ??= leave(iterator, trial.patience);
          const result = values.next();
          isClosed ||= result.done === true;
          return Promise.resolve(result);
        },
        return() {
          isClosed = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const iterator = trial.start({ source })[Symbol.asyncIterator]();
    const read = await settle(iterator.next(), trial.patience);
    demand(read !== "pending", "the read to settle", describeOutcome(read));
    demand(left !== undefined, "the first read to reach the source", describeOutcome(read));
    const outcome = await left;
    demand(outcome !== "pending" && "value" in outcome, "return() to settle", describeOutcome(outcome));
    demand(isClosed, "the source to be closed", "it is open");
  },
};

/** A source that answers neither a read nor a return. */
function deaf(): Stream<unknown> {
  const never = (): Promise<never> => new Promise(() => {});
  return { [Symbol.asyncIterator]: () => ({ next: never, return: never }) };
}

export const returnChecks: readonly Check[] = [lazy, leftUnread, finallyFirst, whilePending, twice, thrown, fromWithin];
