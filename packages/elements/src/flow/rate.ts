/** A bound on how fast values go. */
import { bidi, type Stream } from "@iftk/core";
import { pause } from "@iftk/core/authoring";
import { caps, element } from "@iftk/graph";
import { z } from "zod";

/** Values no faster than so many a second; none is dropped. */
export const rate = element({
  kind: "transform",
  name: "rate",
  description: "Gives at most so many values a second, evenly; the source waits and none is dropped.",
  properties: z.strictObject({ perSecond: z.number().min(0.001).max(1_000_000).default(10).describe("Values a second; it may change while the pipeline runs.") }),
  changeable: ["perSecond"],
  isOneForOne: () => true,
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.any },
  create: (properties) => bidi(async function* rate(input: Stream<unknown>, { signal }): AsyncGenerator<unknown, void, undefined> {
    let last = -Infinity;
    for await (const value of input) {
      const due = last + 1000 / properties.perSecond;
      const wait = due - performance.now();
      if (wait > 0) await pause(wait, signal);
      last = wait > 0 ? due : performance.now(); // a timer that fires late slows nothing, and silence earns no burst
      yield value;
    }
  }),
});
