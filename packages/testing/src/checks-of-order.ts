/** Checks of the eighth law: values keep their order, whatever the tempo and however reads are made. */
import type { Stream } from "@iftk/core";
import { answerTo, anySubject, demand, demandEnded, demandReleased, ifBothStreams, ifGivesStream, ifTakesStream, readAll, tidy, type Check } from "./check.js";
import { collectSlowly } from "./collect-slowly.js";
import type { Trial } from "./law-subject.js";
import { seeded } from "./seeded.js";
import { isSame } from "./same.js";
import { describeOutcome, settle, show } from "./settle.js";
import { microtasks, turns } from "./signals.js";
import { feed } from "./sources.js";

/** Demands that these are the outputs; where they are not known, that there are some. */
function demandOutputs({ output }: Trial, values: readonly unknown[], how: string): void {
  if (output) demand(isSame([...values], [...output]), `${show(output)} ${how}`, `it gave ${show(values)}`);
  else demand(values.length > 0, `at least one value ${how}`, "it gave none");
}

const eachTime: Check = {
  law: "order",
  sentence: "it gives what it should, each time it is called",
  hindrance: anySubject,
  async holds(trial) {
    for (const time of ["first", "second"]) demandOutputs(trial, await answerTo(trial, readAll(trial.start()), "all reads"), `at the ${time} call`);
    await demandReleased(trial);
  },
};

/** The values at a random tempo: some at once, some after microtasks, some after turns of the event loop. */
async function* uneven(values: readonly unknown[], seed: number): AsyncGenerator<unknown, void, undefined> {
  const random = seeded(seed);
  for (const value of values) {
    const wait = random.below(4);
    if (wait === 3) await turns();
    else await microtasks(wait * 3);
    yield value;
  }
}

const anyTempo: Check = {
  law: "order",
  sentence: "it gives the same whatever the tempo of the source",
  hindrance: ifTakesStream,
  async holds(trial) {
    for (let seed = 1; seed <= 6; seed++) demandOutputs(trial, await answerTo(trial, readAll(trial.start({ source: uneven(trial.input, seed) })), "all reads"), `from a source of uneven tempo (seed ${seed})`);
  },
};

const slowConsumer: Check = {
  law: "order",
  sentence: "it gives the same to a consumer that takes its time",
  hindrance: ifGivesStream,
  async holds(trial) {
    const values = await answerTo(trial, collectSlowly(trial.start()), "all reads of a slow consumer");
    demandOutputs(trial, values, "to a slow consumer");
  },
};

const readsAtOnce: Check = {
  law: "order",
  sentence: "reads that are made at once are answered in order, those beyond the end that it is done",
  hindrance: ifGivesStream,
  async holds(trial) {
    const count = (trial.output ?? trial.input).length + 2;
    const iterator = trial.start()[Symbol.asyncIterator]();
    const settled: number[] = [];
    const reads = Array.from({ length: count }, (_, index) => Promise.resolve(iterator.next()).finally(() => settled.push(index)));
    const results = await answerTo(trial, Promise.all(reads), `${count} reads made at once`);
    const values = results.filter(({ done }) => !done).map(({ value }): unknown => value);
    demandOutputs(trial, values, "from reads made at once");
    demand(isSame(settled, [...settled].sort((one, other) => one - other)), "reads to settle in the order in which they were made", `they settled in the order ${show(settled)}`);
    const end = results.findIndex(({ done }) => done);
    demand(end < 0 || results.slice(end).every(({ done }) => done), "no value after the end", `the reads gave ${show(results)}`);
    await tidy(iterator);
    await demandReleased(trial);
  },
};

const interleaved: Check = {
  law: "order",
  sentence: "any interleaving of reads, leaving and waiting gives the first values in order and then the end",
  hindrance: ifGivesStream,
  async holds(trial) {
    for (let seed = 1; seed <= 12; seed++) {
      const random = seeded(seed);
      const iterator = trial.start({ source: uneven(trial.input, seed) })[Symbol.asyncIterator]();
      const reads: ReturnType<typeof settle<IteratorResult<unknown>>>[] = [];
      for (let step = 0; step < 12; step++) {
        const act = random.below(8);
        if (act < 5) reads.push(settle(iterator.next(), trial.patience));
        else if (act === 5) await turns();
        else if (act === 6) await microtasks(random.below(9));
        else if (random.below(3) === 0 && iterator.return) reads.push(settle(iterator.return(), trial.patience));
      }
      await tidy(iterator);
      const outcomes = await Promise.all(reads);
      const results = outcomes.map((outcome) => (outcome !== "pending" && "value" in outcome ? outcome.value : undefined));
      const values = results.filter((result) => result?.done === false).map((result): unknown => result?.value);
      const isInOrder = results.slice(0, values.length).every((result) => result?.done === false) && results.every((result) => result !== undefined);
      demand(isInOrder && isSame(values, trial.output?.slice(0, values.length) ?? values), `the first values in order and then the end (seed ${seed})`, `the reads gave ${outcomes.map((outcome) => describeOutcome(outcome)).join(", ")}`);
    }
    await demandReleased(trial);
  },
};

const reentrant: Check = {
  law: "order",
  sentence: "a read made from within the source's own next() is answered in its turn",
  hindrance: ifBothStreams,
  async holds(trial) {
    let inner: Promise<IteratorResult<unknown>> | undefined;
    const values = feed(...trial.input);
    const source: Stream<unknown> = {
      [Symbol.asyncIterator]: () => ({
        next() {
          inner ??= Promise.resolve(iterator.next());
          return values.next();
        },
        return: () => values.return(),
      }),
    };
    const iterator = trial.start({ source })[Symbol.asyncIterator]();
    const outer = iterator.next();
    const first = await answerTo(trial, outer, "the read");
    demand(inner !== undefined, "the first read to reach the source", "it did not");
    const second = await answerTo(trial, inner, "the read made from within");
    const [one, other] = trial.output ?? [first.value, second.value];
    demand(isSame([first.value, second.value], [one, other]), show([one, other]), `the reads gave ${show([first.value, second.value])}`);
    await tidy(iterator);
  },
};

const staysEnded: Check = {
  law: "order",
  sentence: "after the end every read answers that it is done",
  hindrance: anySubject,
  async holds(trial) {
    const iterator = trial.start()[Symbol.asyncIterator]();
    while (!(await answerTo(trial, iterator.next(), "every read")).done);
    for (let again = 0; again < 2; again++) await demandEnded(trial, iterator, "the end");
    await tidy(iterator);
    await demandEnded(trial, iterator, "leaving at the end");
  },
};

export const orderChecks: readonly Check[] = [eachTime, anyTempo, slowConsumer, readsAtOnce, interleaved, reentrant, staysEnded];
