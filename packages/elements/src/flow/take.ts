/** The first values, or all but these. */
import { drop as dropStage, take as takeStage } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";

const pads = { in: { name: "in", caps: caps.any }, out: { name: "out", caps: caps.any } } as const;
const howMany = z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(1);

/** The first values alone. */
export const take = element({
  kind: "transform",
  name: "take",
  description: "Gives the first values and ends right after the last of them.",
  properties: z.strictObject({ count: howMany.describe("How many.") }),
  ...pads,
  create: ({ count }) => takeStage(count),
});

/** All but the first values. */
export const drop = element({
  kind: "transform",
  name: "drop",
  description: "Leaves out the first values.",
  properties: z.strictObject({ count: howMany.describe("How many.") }),
  ...pads,
  create: ({ count }) => dropStage(count),
});
