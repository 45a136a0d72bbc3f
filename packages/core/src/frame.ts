/** Values on their way through a run: a stack, what is furthest downstream on top. */
import type { Emit } from "./fused.js";
import type { Reader } from "./reader.js";

/** Values for the stage at one place. */
export interface Frame {
  readonly at: number;
  readonly head: Emit;
  batch: readonly unknown[];
  index: number;
  /** What gives further batches, opened when the first is due; undefined when there is nothing. */
  readonly source: unknown;
  reader: Reader | undefined;
  /** What goes on when this one is over; it is further upstream. */
  below: Frame | undefined;
}

const none: readonly never[] = [];

/** Values that are there. */
export function valuesFrame(values: readonly unknown[], index: number, head: Emit, at: number): Frame {
  return { at, head, batch: values, index, source: undefined, reader: undefined, below: undefined };
}

/** Values that a source gives. */
export function sourceFrame(source: unknown, head: Emit, at: number): Frame {
  return { at, head, batch: none, index: 0, source, reader: undefined, below: undefined };
}

/** Drops what has been handed on. */
export function empty(frame: Frame): void {
  frame.batch = none;
  frame.index = 0;
}

/** Puts a frame in its place in the stack; gives the new top. */
export function insert(top: Frame | undefined, frame: Frame): Frame {
  if (!top || top.at <= frame.at) {
    frame.below = top;
    return frame;
  }
  top.below = insert(top.below, frame);
  return top;
}

/** Cuts off what is upstream of a place; gives what stays and what was cut off. */
export function cut(top: Frame | undefined, at: number): { readonly kept: Frame | undefined; readonly dropped: Frame | undefined } {
  if (!top || top.at <= at) return { kept: undefined, dropped: top };
  const { kept, dropped } = cut(top.below, at);
  top.below = kept;
  return { kept: top, dropped };
}

/** Closes the sources of a stack, the top first, each one once; an error of one is told when all were asked. */
export async function closeAll(top: Frame | undefined): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  for (let frame = top; frame; frame = frame.below) {
    const { reader } = frame;
    frame.reader = undefined;
    try {
      await reader?.close?.();
    } catch (error) {
      failure ??= { error };
    }
  }
  if (failure) throw failure.error;
}
