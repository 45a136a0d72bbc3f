/** Values in groups. */
import { batch as batchStage } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { bufferBy } from "@iftk/operators";
import { z } from "zod";
import { longestTime } from "./time.js";

/** Values gathered into lists. */
export const batch = element({
  kind: "transform",
  name: "batch",
  description: "Gathers values into lists of so many, or of those that came within a time; the last may be shorter.",
  properties: z.strictObject({
    count: z.int().min(1).max(1_000_000).default(16).describe("Values of a list."),
    ms: z.number().min(0).max(longestTime).optional().describe("Milliseconds after which the first value of a list has waited long enough; without it a list waits until it is full."),
  }),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.json },
  create: ({ count, ms }) => (ms === undefined ? batchStage(count) : bufferBy({ count, time: ms })),
});
