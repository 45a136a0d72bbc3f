/** Values and time. */
import { caps, element } from "@iftk/graph";
import { debounce as debounceStage, delay as delayStage, throttle as throttleStage } from "@iftk/operators";
import { z } from "zod";

/** The longest time that a timer takes, in milliseconds. */
export const longestTime = 2 ** 31 - 1;

const pads = { in: { name: "in", caps: caps.any }, out: { name: "out", caps: caps.any } } as const;
const time = z.number().min(0).max(longestTime);

/** The same values, later. */
export const delay = element({
  kind: "transform",
  name: "delay",
  description: "Gives each value so many milliseconds after it came.",
  properties: z.strictObject({
    ms: time.default(1000).describe("How much later, in milliseconds."),
    size: z.int().min(1).max(1_000_000).default(64).describe("Values that may be on their way; while it is full the source waits."),
  }),
  ...pads,
  isOneForOne: () => true,
  create: ({ ms, size }) => delayStage(ms, { size }),
});

/** Values that were followed by silence. */
export const debounce = element({
  kind: "transform",
  name: "debounce",
  description: "Gives a value once no other has come for so long, and the last one at the end.",
  properties: z.strictObject({ ms: time.default(250).describe("The silence, in milliseconds.") }),
  ...pads,
  create: ({ ms }) => debounceStage(ms),
});

/** At most one value in so much time. */
export const throttle = element({
  kind: "transform",
  name: "throttle",
  description: "Gives at most one value in so much time and drops the others; rate keeps them all.",
  properties: z
    .strictObject({
      ms: time.default(1000).describe("The period, in milliseconds."),
      give: z.enum(["first", "last", "both"]).default("first").describe("Which values of a period are given: the first at once, the last when it is over, or both."),
    }),
  ...pads,
  create: ({ ms, give }) => throttleStage(ms, { leading: give !== "last", trailing: give !== "first" }),
});
