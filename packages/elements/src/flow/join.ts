/** Several streams as one. */
import { concat as concatStreams, merge as mergeStreams, zip as zipStreams } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";

const inputs = { name: "in", caps: caps.any, isRequested: true } as const;

/** The values of all inputs as they come. */
export const merge = element({
  kind: "join",
  name: "merge",
  description: "Gives the values of all inputs as they come; it ends when all have ended.",
  properties: z.strictObject({}),
  in: inputs,
  out: { name: "out", caps: caps.any },
  create: () => (streams) => mergeStreams(...streams),
});

/** One input after the other. */
export const concat = element({
  kind: "join",
  name: "concat",
  description: "Gives the values of one input after the other, in the order of its pads; behind a tee, queues have to hold what waits.",
  properties: z.strictObject({}),
  in: inputs,
  out: { name: "out", caps: caps.any },
  create: () => (streams) => concatStreams(...streams),
});

/** The first values of all inputs, then the second ones. */
export const zip = element({
  kind: "join",
  name: "zip",
  description: "Gives lists of one value of each input, the first ones, then the second ones; it ends with the shortest input.",
  properties: z.strictObject({}),
  in: inputs,
  out: { name: "out", caps: caps.json },
  create: () => (streams) => zipStreams(...streams),
});
