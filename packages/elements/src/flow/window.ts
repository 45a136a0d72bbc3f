/** Some of the values, by where they stand. */
import { caps, element } from "@iftk/graph";
import { sample as sampleStage, takeLast, timestamp as timestampStage, window as windowStage } from "@iftk/operators";
import { z } from "zod";
import { longestTime } from "./time.js";

const input = { name: "in", caps: caps.any } as const;
const same = { in: input, out: { name: "out", caps: caps.any } } as const;
const json = { in: input, out: { name: "out", caps: caps.json } } as const;

/** Lists of values that follow each other, which may overlap. */
export const window = element({
  kind: "transform",
  name: "window",
  description: "Gives lists of so many values that follow each other, each list beginning so many values after the one before; batch gathers values that do not overlap.",
  properties: z.strictObject({
    count: z.int().min(1).max(1_000_000).default(2).describe("Values of a list."),
    every: z.int().min(1).max(1_000_000).default(1).describe("Values from the beginning of one list to that of the next."),
    partial: z.boolean().default(false).describe("Whether values at the end that no list held are given in a last, shorter one."),
  }),
  ...json,
  create: ({ count, every, partial }) => windowStage<unknown>(count, { every, partial }),
});

/** The newest value now and then. */
export const sample = element({
  kind: "transform",
  name: "sample",
  description: "Gives the newest value once each period and drops the others; nothing when there is none.",
  properties: z.strictObject({ ms: z.number().min(1).max(longestTime).default(1000).describe("The period, in milliseconds.") }),
  ...same,
  create: ({ ms }) => sampleStage<unknown>(ms),
});

/** The last values alone. */
export const last = element({
  kind: "transform",
  name: "last",
  description: "Gives the last values, once the input has ended; take gives the first.",
  properties: z.strictObject({ count: z.int().min(0).max(1_000_000).default(1).describe("How many.") }),
  ...same,
  create: ({ count }) => takeLast<unknown>(count),
});

/** Values with the time at which they came. */
export const timestamp = element({
  kind: "transform",
  name: "timestamp",
  description: "Gives each value with the time at which it came: {value, time}, in milliseconds since 1970.",
  properties: z.strictObject({}),
  ...json,
  create: () => timestampStage<unknown>(),
});
