/** A part of each value. */
import { flatMap, StageError } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { path, pathOf } from "./path.js";

/** What is at a path of each value. */
export const pick = element({
  kind: "transform",
  name: "pick",
  description: "Gives what is at a path of each value.",
  properties: z.strictObject({
    path: path.describe("Where it is, such as choices[0].text."),
    missing: z.enum(["fail", "skip", "null"]).default("fail").describe("What becomes of a value that has nothing there: an error, nothing, or null."),
  }),
  isOneForOne: ({ missing }) => missing !== "skip",
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.json },
  create({ path, missing }) {
    const find = pathOf(path);
    return flatMap(function pick(value: unknown): readonly unknown[] {
      const found = find(value);
      if (found !== undefined) return [found];
      if (missing === "fail") throw new StageError("invalid_argument", `pick: the value has nothing at ${path}; correct the path, or set missing=skip`);
      return missing === "null" ? [null] : [];
    });
  },
});
