/** Values that go round. */
import { caps, element, loop as runLoop } from "@iftk/graph";
import { z } from "zod";
import { comparisonOf, comparisonProperties } from "../values/comparison.js";

/** A body that values go through again as long as a comparison holds, within bounds. */
export const loop = element({
  kind: "loop",
  name: "loop",
  description: "Has values go through the elements between its pads body and back, and again as long as a comparison holds for what comes of them: loop name=l is=less value=3  l.body ! ... ! l.back  l. ! ...",
  properties: z.strictObject({
    ...comparisonProperties,
    turns: z.int().min(1).max(10_000).default(8).describe("Turns that a value may lead to, the first one counted."),
    beyond: z.enum(["error", "give"]).default("error").describe("What becomes of a value that would go round once more: an error, or it is given."),
    size: z.int().min(1).max(1_000_000).default(64).describe("Values that may wait for the next turn; one more is an error."),
  }),
  in: [{ name: "in", caps: caps.any }, { name: "back", caps: caps.any }],
  out: [{ name: "out", caps: caps.any }, { name: "body", caps: caps.any }],
  create: ({ turns, beyond, size, ...comparison }) => (body) => runLoop(body, { again: comparisonOf(comparison), most: turns, queue: size, beyond }),
});
