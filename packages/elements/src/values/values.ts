/** Values that are written in the pipeline. */
import { from } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";

/** The values that are written down, one after another. */
export const values = element({
  kind: "source",
  name: "values",
  description: 'Gives the values that are written down, one after another: values of=["a", "b"].',
  properties: z.strictObject({ of: z.array(z.json()).max(10_000).describe("The values.") }),
  out: { name: "out", caps: caps.json },
  create: ({ of }) => () => from(of),
});
