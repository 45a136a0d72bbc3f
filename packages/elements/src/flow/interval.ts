/** Numbers at equal distances in time. */
import { pause } from "@iftk/core/authoring";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { longestTime } from "./time.js";

/** 0, 1, 2 and so on, one each period. */
export const interval = element({
  kind: "source",
  name: "interval",
  description: "Gives 0, 1, 2 and so on, one each period, the first after one; ticks that a slow consumer misses are left out.",
  properties: z.strictObject({
    ms: z.number().min(1).max(longestTime).default(1000).describe("The period, in milliseconds."),
    count: z.int().min(0).optional().describe("How many numbers; without it they do not end."),
  }),
  out: { name: "out", caps: caps.json },
  create: ({ ms, count = Infinity }) => async function* interval({ signal }): AsyncGenerator<number, void, undefined> {
    let due = performance.now() + ms;
    for (let tick = 0; tick < count; tick++) {
      await pause(Math.max(due - performance.now(), 0), signal);
      yield tick;
      due += Math.max(1, Math.ceil((performance.now() - due) / ms)) * ms;
    }
  },
});
