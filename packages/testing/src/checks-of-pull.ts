/** Checks of the laws of demand: values are pulled, by one consumer, and the event loop turns. */
import { StageError } from "@iftk/core";
import { answerTo, demand, ifBothStreams, ifGivesStream, readAll, tidy, type Check } from "./check.js";
import { gate, type Gate } from "./gate.js";
import type { Trial } from "./law-subject.js";
import { describeOutcome, settle, show } from "./settle.js";
import { turns } from "./signals.js";

/** Makes one read and lets values of the source through, one at a time, until it is answered. */
async function readThrough(trial: Trial, source: Gate<unknown>, iterator: AsyncIterator<unknown>): Promise<IteratorResult<unknown>> {
  const read = iterator.next();
  for (let turn = 0; turn < trial.patience && (await settle(read, 2)) === "pending"; turn++) source.pass();
  return answerTo(trial, read, "a read");
}

const onDemand: Check = {
  law: "pulled",
  sentence: "between two reads nothing is asked of the source, save what a named buffer may hold",
  hindrance: ifBothStreams,
  async holds(trial) {
    const source = gate(...trial.input);
    const iterator = trial.start({ source })[Symbol.asyncIterator]();
    for (let count = 1, result = await readThrough(trial, source, iterator); !result.done; count++, result = await readThrough(trial, source, iterator)) {
      await turns(2);
      const ahead = source.asked - source.given;
      demand(ahead <= trial.readsAhead, `at most ${trial.readsAhead} values to be asked for ahead of the consumer`, `after ${count} values were read, ${ahead} more were being waited for`);
    }
  },
};

const bounded: Check = {
  law: "pulled",
  sentence: "a consumer that stops reading stops the source, at the bound of the named buffer if there is one",
  hindrance: ifBothStreams,
  async holds(trial) {
    const source = gate(...trial.input);
    const iterator = trial.start({ source })[Symbol.asyncIterator]();
    await readThrough(trial, source, iterator);
    const needed = source.given;
    source.open();
    await turns(4);
    const ahead = source.asked - needed;
    await tidy(iterator);
    demand(ahead <= trial.readsAhead, `at most ${trial.readsAhead} values to be taken ahead of a consumer that has stopped reading`, `${ahead} were taken beyond the ${needed} that the first value needs`);
  },
};

const oneConsumer: Check = {
  law: "one-consumer",
  sentence: "a second consumer is refused, and the first goes on",
  hindrance: ifGivesStream,
  async holds(trial) {
    const stream = trial.start();
    const iterator = stream[Symbol.asyncIterator]();
    const second = await settle(Promise.resolve().then(() => stream[Symbol.asyncIterator]().next()), trial.patience);
    const isRefused = second !== "pending" && "error" in second;
    if (!isRefused) await tidy(iterator);
    demand(isRefused, "a second consumer of the same stream to be refused", `it was let in, and ${describeOutcome(second)}`);
    if (trial.isStage) demand(StageError.is(second.error) && second.error.code === "failed_precondition", "the refusal to be a StageError failed_precondition", `it is ${show(second.error)}`);
    const first = await answerTo(trial, iterator.next(), "the read of the first consumer");
    demand(first.done !== true, "the first consumer to go on", "its stream has ended");
    await tidy(iterator);
  },
};

/** Values after which a run that has not let the event loop turn is stopped. */
const patienceOfTheLoop = 100_000;

const fair: Check = {
  law: "fair",
  sentence: "a source that never waits lets the event loop turn",
  hindrance: ifBothStreams,
  async holds(trial) {
    let hasTurned = false;
    let given = 0;
    const endless = async function* (): AsyncGenerator<unknown, void, undefined> {
      while (!hasTurned && given < patienceOfTheLoop) {
        for (const value of trial.input) {
          given++;
          yield value;
        }
      }
    };
    const turned = turns(2).then(() => (hasTurned = true));
    const outcome = await settle(readAll(trial.start({ source: endless() })), trial.patience);
    await turned;
    demand(given < patienceOfTheLoop, "a timer to run while values are always ready", `${given} values passed before it did`);
    demand(outcome !== "pending", "the run to end when its source does", describeOutcome(outcome));
  },
};

export const pullChecks: readonly Check[] = [onDemand, bounded, oneConsumer, fair];
