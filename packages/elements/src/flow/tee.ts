/** One stream for several consumers. */
import { fork, type Stream } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { takeUntil } from "@iftk/operators";
import { z } from "zod";
import { dropsBeyond, policies, policy, size } from "./queue.js";

/** Every value for every branch. */
export const tee = element({
  kind: "split",
  name: "tee",
  description: "Gives every value to every branch, and the same error; the source is closed when the last branch is left.",
  properties: z.strictObject({
    size: size.describe("Values by which one branch may be behind another."),
    policy: policy.describe(policies),
    onLeave: z.enum(["continue", "end"]).default("continue").describe("When the consumer of a branch leaves: continue has the other branches go on, end ends them."),
    isolate: z.boolean().default(false).describe("Whether the other branches go on when what follows one of them fails."),
  }),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.any, isRequested: true },
  isolates: ({ isolate }) => isolate,
  dropsBeyond,
  create: ({ size, policy, onLeave }) => (input, pads) => {
    const branches: readonly Stream<unknown>[] = fork(pads.length, { buffer: size, policy })(input);
    return onLeave === "end" ? endTogether(branches) : branches;
  },
});

/** Streams that end when one of them is left before its end. */
function endTogether(branches: readonly Stream<unknown>[]): readonly Stream<unknown>[] {
  const left = new AbortController();
  return branches.map((branch) => telling(takeUntil<unknown>(left.signal)(branch), () => left.abort()));
}

/** The stream, which tells when it is left. */
function telling(stream: Stream<unknown>, onLeave: () => void): Stream<unknown> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = stream[Symbol.asyncIterator]();
      let isOver = false;
      return {
        async next() {
          const result = await iterator.next();
          isOver ||= result.done === true;
          return result as IteratorResult<unknown, undefined>;
        },
        async return() {
          if (!isOver) onLeave();
          isOver = true;
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
