/** The items of lists. */
import { flatMap, StageError } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";

/** The items of each list, one by one. */
export const flatten = element({
  kind: "transform",
  name: "flatten",
  description: "Gives the items of each list one by one: the reverse of batch.",
  properties: z.strictObject({ other: z.enum(["fail", "give"]).default("fail").describe("What becomes of a value that is no list: an error, or it is given as it is.") }),
  in: { name: "in", caps: caps.json },
  out: { name: "out", caps: caps.json },
  create: ({ other }) => flatMap(function flatten(value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value as readonly unknown[];
    if (other === "give") return [value];
    throw new StageError("invalid_argument", "flatten: the value is no list; set other=give to have it as it is");
  }),
});
