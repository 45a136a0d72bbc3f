/** Many chats, some at a time, for providers without a batch API. */
import { bidi, StageError, type Bidi, type Call, type OutputStream, type Stream } from "@iftk/core";
import type { ChatRequest } from "../chat.js";
import type { Part } from "../part.js";
import { reply } from "../text.js";
import type { BatchItem, BatchPart, BatchResult } from "./batch-job.js";
import type { BatchJournal } from "./batch-journal.js";
import { BatchLedger } from "./batch-ledger.js";

export interface EachBoundedOptions {
  /** Chats at a time; 4 by default. */
  readonly concurrency?: number | undefined;
  /** Where replies are kept. With it, a run after a restart gives those that are there and asks for the rest; what failed before is asked again. */
  readonly journal?: BatchJournal | undefined;
}

/**
 * Gives the stage that asks the chat for each item, so many at a time, and tells what came of each as soon as it is there. An item that
 * fails is a result like any other.
 *
 * @throws StageError `invalid_argument` when the concurrency is not a whole number from 1 on.
 */
export function eachBounded(chat: OutputStream<ChatRequest, Part>, { concurrency = 4, journal }: EachBoundedOptions = {}): Bidi<BatchItem, BatchPart> {
  if (!Number.isInteger(concurrency) || concurrency < 1) throw new StageError("invalid_argument", `eachBounded: concurrency: expected a whole number from 1 on, got ${concurrency}`);
  return bidi(async function* eachBounded(items: Stream<BatchItem>, call: Call): Stream<BatchPart> {
    const ledger = new BatchLedger(journal);
    yield* ledger.replay(new Set());
    ledger.forget();
    const results = unordered(items, concurrency, async (item) => (ledger.begin(item) ? ledger.settle(await ask(chat, item, call)) : undefined));
    for await (const result of results) {
      yield result;
      yield ledger.progress();
    }
  });
}

async function ask(chat: OutputStream<ChatRequest, Part>, { id, request }: BatchItem, call: Call): Promise<BatchResult> {
  try {
    return { type: "result", id, reply: await reply(chat(request, call)) };
  } catch (error) {
    if (call.signal.aborted) throw error;
    return { type: "result", id, error: StageError.from(error, chat.label) };
  }
}

/** What the work gives for each value as soon as it is there, so many at a time; undefined is left out. The source is read no further than there is room. */
async function* unordered<In, Out>(values: Stream<In>, most: number, work: (value: In) => Promise<Out | undefined>): AsyncGenerator<Out, void, undefined> {
  const source = values[Symbol.asyncIterator]();
  const finished: Out[] = [];
  let running = 0;
  let isReading = false;
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => {};

  const fail = (error: unknown): void => {
    failure ??= { error };
    isOver = true;
  };
  const run = async (value: In): Promise<void> => {
    try {
      const result = await work(value);
      if (result !== undefined) finished.push(result);
    } catch (error) {
      fail(error);
    }
    running--;
    wake();
  };
  const read = async (): Promise<void> => {
    isReading = true;
    try {
      const next = await source.next();
      if (next.done) isOver = true;
      else {
        running++;
        void run(next.value);
      }
    } catch (error) {
      fail(error);
    }
    isReading = false;
    wake();
  };

  try {
    for (;;) {
      if (!isReading && !isOver && running + finished.length < most) void read();
      const result = finished.shift();
      if (result !== undefined) yield result;
      else if (failure) throw failure.error;
      else if (isOver && running === 0 && !isReading) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    isOver = true;
    await source.return?.();
  }
}
