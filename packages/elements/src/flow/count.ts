/** The number of values. */
import { caps, element } from "@iftk/graph";
import { count as countStage } from "@iftk/operators";
import { z } from "zod";

/** How many values came, once they have ended. */
export const count = element({
  kind: "transform",
  name: "count",
  description: "Gives one number when the input has ended: how many values came.",
  properties: z.strictObject({}),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.json },
  create: () => countStage<unknown>(),
});
