/** Values by what they hold. */
import { filter as filterStage } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { comparisonOf, comparisonProperties } from "./comparison.js";

/** The values for which a comparison holds. */
export const filter = element({
  kind: "transform",
  name: "filter",
  description: "Gives the values for which a comparison holds, of the value itself or of what is at a path of it. Nothing is evaluated.",
  properties: z.strictObject(comparisonProperties),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.any },
  create: (properties) => filterStage(comparisonOf(properties)),
});
