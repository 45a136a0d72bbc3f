/** Concurrent calls of a model, done many at once. */
import { StageError, validate, type Call } from "@iftk/core";
import { flavourOf, implement, type AnyImplementation, type Implementation, type Task, type TaskTypes } from "@iftk/core/task";
import { BatchQueue } from "./batch-queue.js";
import { implementationBy } from "./implementation-by.js";

export interface BatchOptions {
  /** Inputs in a batch, at most. A batch that is full goes at once. */
  readonly size: number;
  /** Milliseconds that the first of a batch waits for company. */
  readonly delay: number;
  /** Calls that may be waiting, or in a batch, at the same time; 1,000 by default. */
  readonly maxWaiting?: number;
}

/** An implementation whose concurrent calls of `unary` are done many at once. */
export interface Batched<T extends TaskTypes> extends Implementation<T>, AsyncDisposable {
  /** Rejects those that wait with StageError `unavailable`, and so all later calls; resolves when the batches that run are through. */
  close(): Promise<void>;
}

/**
 * Groups concurrent calls of `unary` that have equal parameters into calls of `runBatch`; the other flavours are as they were.
 *
 * An input that the task's schema refuses is rejected alone, before it joins a batch. An error that is a result is told to its caller
 * alone, one that is thrown to all of the batch. Who leaves is left out, or told at once; the signal of a batch fires when all have left.
 * What else rides along with a call, deadline and values, stays with that call.
 *
 * @throws StageError `invalid_argument` for options out of range; a call throws `resource_exhausted` with reason `queue-full` beyond `maxWaiting`.
 */
export function batched<T extends TaskTypes>(implementation: Implementation<T>, options: BatchOptions): Batched<T> {
  const { size, delay, maxWaiting = 1_000 } = options;
  for (const [name, value, least] of [["size", size, 1], ["delay", delay, 0], ["maxWaiting", maxWaiting, 1]] as const) {
    if (!Number.isFinite(value) || value < least || (name !== "delay" && !Number.isInteger(value))) throw new StageError("invalid_argument", `batched: ${name} must be a ${name === "delay" ? "" : "whole "}number from ${least} on, not ${String(value)}`);
  }
  const queue = new BatchQueue({ name: implementation.task.name, size, delay, maxWaiting });
  const close = (): Promise<void> => queue.close();
  return Object.assign(batching(implementation, queue), { close, [Symbol.asyncDispose]: close }) as AnyImplementation as Batched<T>;
}

/** The implementation over the queue; it has the parameters already, where they are given. */
function batching(base: AnyImplementation, queue: BatchQueue, given?: { readonly parameters: unknown }): AnyImplementation {
  const { task } = base;
  const runBatch = (inputs: readonly unknown[], call?: Partial<Call>): Promise<readonly unknown[]> => base.runBatch(inputs as readonly never[], call);
  const alone = implement(task as Task<TaskTypes>, {
    unary: async function batched(input, { parameters, signal }) {
      await validate(task.input.whole, input, () => `${task.name}: ${task.input.name}`);
      return queue.join(input, parameters, runBatch, signal);
    },
  });
  const { unary } = given ? alone.with(given.parameters) : alone;
  return implementationBy({
    task,
    given: base.given,
    stageOf: (mode) => (mode === "unary" ? unary : flavourOf(base, mode)),
    runBatch,
    with: (parameters) => batching(base.with(parameters as never), queue, { parameters }),
  });
}
