/** What five synchronous stages cost over one loop written by hand. */
import { collect, filter, forEach, map, pipe, tap, type Stream } from "@iftk/core";
import { measure, type Measured } from "./measure.js";

const count = 20_000;

async function* source(): AsyncGenerator<number, void, undefined> {
  for (let n = 0; n < count; n++) yield n;
}

async function* mapped<In, Out>(input: Stream<In>, transform: (value: In) => Out): AsyncGenerator<Out, void, undefined> {
  for await (const value of input) yield transform(value);
}

const increment = (n: number): number => n + 1;

async function sumOf(stream: Stream<number>): Promise<number> {
  let sum = 0;
  await forEach(stream, (n) => void (sum += n));
  if (sum === 0) throw new Error("the pipeline gave nothing");
  return count;
}

/** Compares one loop, a pipeline of five stages and a chain of five async generators, over a source that yields. */
export async function measureStages(rounds = 15): Promise<Measured[]> {
  const five = pipe(map(increment), map(increment), filter((n: number) => n >= 0), tap((_: number) => {}), map(increment));
  return measure(
    [
      {
        name: "one loop by hand",
        run: async () => {
          let sum = 0;
          for await (const n of source()) sum += n + 3;
          return sum > 0 ? count : 0;
        },
      },
      { name: "pipe of five stages", run: () => sumOf(five(source())) },
      { name: "five async generators", run: () => sumOf(mapped(mapped(mapped(mapped(mapped(source(), increment), increment), increment), increment), increment)) },
      { name: "pipe of five stages, collected", run: async () => (await collect(five(source()))).length },
    ],
    rounds,
  );
}
