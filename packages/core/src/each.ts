/** A stage for one value, applied to every value of a stream. */
import type { Fused } from "./fused.js";
import { requireNumber } from "./require-number.js";
import { start, stepsOf } from "./run.js";
import { createStage, type Bidi, type OutputStream, type Unary } from "./stage.js";
import type { Call, Stream } from "./stream.js";

export interface EachOptions {
  /** How many values may be worked on ahead of the one whose results are being read; 0 by default. */
  readonly ahead?: number;
}

interface Turn<Out> {
  readonly results: AsyncIterator<Out, undefined>;
  readonly first: Promise<IteratorResult<Out, undefined>>;
}

/**
 * Applies a stage to each value of a stream; the results keep the order of the values.
 *
 * When one fails or the consumer leaves, those that run ahead are cancelled.
 *
 * @throws StageError `invalid_argument` when `ahead` is not a whole number from 0 on.
 */
export function each<In, Out>(stage: Unary<In, Out> | OutputStream<In, Out>, options: EachOptions = {}): Bidi<In, Out> {
  const ahead = requireNumber("each: ahead", options.ahead ?? 0, 0, "whole");
  const steps = stepsOf(stage);
  const label = `each(${stage.label})`;
  if (ahead > 0) {
    const run = (input: Stream<In>, call: Call): Stream<Out> => runAhead(input, (value) => start(steps, [value], call), ahead);
    return createStage("bidi", label, [stage], [run], `works on up to ${ahead} values ahead`);
  }
  const isOne = steps.every((step) => typeof step === "object" && !step.begin);
  const expand: Fused = { take: ({ next, at }) => (value, run) => run.expand(start(steps, [value], run.call), next, at + 1) };
  return createStage("bidi", label, [stage], isOne ? steps : [expand]);
}

async function* runAhead<In, Out>(input: Stream<In>, call: (value: In) => Stream<Out>, ahead: number): AsyncGenerator<Out> {
  const source = input[Symbol.asyncIterator]();
  const turns: Turn<Out>[] = [];
  let isReading = false;
  let end: { readonly error?: unknown } | undefined;
  let wake = (): void => {};

  const read = async (): Promise<void> => {
    isReading = true;
    try {
      while (!end && turns.length <= ahead) {
        const next = await source.next();
        if (next.done) end = {};
        else turns.push(begin(call(next.value)));
        wake();
      }
    } catch (error) {
      end = { error };
      wake();
    } finally {
      isReading = false;
    }
  };

  try {
    for (;;) {
      if (!isReading && !end && turns.length <= ahead) void read();
      const turn = turns[0];
      if (turn) {
        for (let result = await turn.first; !result.done; result = await turn.results.next()) yield result.value;
        turns.shift(); // only now: until then it is closed with the others
      } else if (end) {
        if ("error" in end) throw end.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    end ??= {};
    await Promise.allSettled([...turns.map((turn) => turn.results.return?.()), source.return?.()]);
  }
}

function begin<Out>(stream: Stream<Out>): Turn<Out> {
  const results = stream[Symbol.asyncIterator]() as AsyncIterator<Out, undefined>;
  const first = results.next();
  first.catch(() => {}); // told when its turn comes
  return { results, first };
}
