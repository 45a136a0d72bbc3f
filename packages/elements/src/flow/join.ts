/** Several streams as one. */
import { concat as concatStreams, merge as mergeStreams, race as raceStreams, zip as zipStreams } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { combineLatest } from "@iftk/operators";
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
  takes: "in-turn",
  create: () => (streams) => concatStreams(...streams),
});

/** The input that is first. */
export const race = element({
  kind: "join",
  name: "race",
  description: "Gives the values of the input that answers first and leaves the others: of two models that are asked, the quicker one.",
  properties: z.strictObject({}),
  in: inputs,
  out: { name: "out", caps: caps.any },
  create: () => (streams) => raceStreams(...streams),
});

/** The newest values of all inputs, whenever there is a new one. */
export const combine = element({
  kind: "join",
  name: "combine",
  description: "Gives a list of the newest value of each input whenever one gives another, first when each has given one.",
  properties: z.strictObject({}),
  in: inputs,
  out: { name: "out", caps: caps.json },
  create: () => (streams) => combineLatest(...streams),
});

/** The first values of all inputs, then the second ones. */
export const zip = element({
  kind: "join",
  name: "zip",
  description: "Gives lists of one value of each input, the first ones, then the second ones; it ends with the shortest input.",
  properties: z.strictObject({}),
  in: inputs,
  out: { name: "out", caps: caps.json },
  takes: "in-step",
  create: () => (streams) => zipStreams(...streams),
});
