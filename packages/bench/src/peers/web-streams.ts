/** Web Streams: `pipeThrough` transform streams, with the platform's default queues. */
import type { Peer, RunPipeline } from "../peer.js";
import type { Source } from "../workload/sources.js";
import { stepsOf, type Shape, type Step } from "../workload/steps.js";
import { weigh } from "../workload/tokens.js";

type Controller = TransformStreamDefaultController<string>;

function transformOf(step: Step): (token: string, controller: Controller) => void | Promise<void> {
  switch (step.kind) {
    case "map":
      return (token, controller) => controller.enqueue(step.map(token));
    case "filter":
      return (token, controller) => {
        if (step.keep(token)) controller.enqueue(token);
      };
    case "flatMap":
      return (token, controller) => {
        for (const piece of step.split(token)) controller.enqueue(piece);
      };
    case "scan": {
      let state = step.seed;
      return (token, controller) => controller.enqueue((state = step.step(state, token)));
    }
    case "later":
      return async (token, controller) => controller.enqueue(await step.map(token));
  }
}

/** A stream that pulls from a source; `from` costs more than a hand-made `pull`. */
function readableOf(source: Source): ReadableStream<string> {
  if (source.kind === "N") {
    let index = 0;
    return new ReadableStream({
      pull(controller) {
        if (index < source.tokens.length) controller.enqueue(source.tokens[index++] ?? "");
        else controller.close();
      },
    });
  }
  if (source.kind === "C") {
    const batches = source.batches[Symbol.asyncIterator]();
    return new ReadableStream({
      async pull(controller) {
        const result = await batches.next();
        if (result.done) controller.close();
        else for (const token of result.value) controller.enqueue(token);
      },
    });
  }
  return pulled(source.tokens);
}

function pulled(tokens: AsyncIterable<string>): ReadableStream<string> {
  const iterator = tokens[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const result = await iterator.next();
      if (result.done) controller.close();
      else controller.enqueue(result.value);
    },
  });
}

/** Reads with a reader, which costs less than `for await`. */
async function readAll(stream: ReadableStream<string>, visit: (token: string) => void): Promise<void> {
  const reader = stream.getReader();
  for (let result = await reader.read(); !result.done; result = await reader.read()) visit(result.value);
}

function pipeline(shape: Shape): RunPipeline {
  return async (source) => {
    let sum = 0;
    const stream = stepsOf[shape].reduce((before, step) => before.pipeThrough(new TransformStream<string, string>({ transform: transformOf(step) })), readableOf(source));
    await readAll(stream, (token) => (sum += weigh(token)));
    return sum;
  };
}

async function fork(tokens: readonly string[], branches: number): Promise<number> {
  let rest = readableOf({ kind: "N", tokens });
  const streams = Array.from({ length: branches - 1 }, () => {
    const [branch, other] = rest.tee();
    rest = other;
    return branch;
  });
  let sum = 0;
  await Promise.all([...streams, rest].map((stream) => readAll(stream, (token) => (sum += token.length))));
  return sum;
}

async function merge(sources: readonly AsyncIterable<string>[]): Promise<number> {
  const { readable, writable } = new TransformStream<string, string>();
  const writer = writable.getWriter();
  const readers = sources.map((source) => readAll(pulled(source), (token) => void writer.write(token)));
  let sum = 0;
  const done = readAll(readable, (token) => (sum += token.length));
  await Promise.all(readers);
  await writer.close();
  await done;
  return sum;
}

export const webStreams: Peer = { name: "web-streams", pipeline, fork, merge };
