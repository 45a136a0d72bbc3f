/** Values that did not come before. */
import { caps, element } from "@iftk/graph";
import { distinct as distinctStage } from "@iftk/operators";
import { z } from "zod";
import { path, pathOf } from "./path.js";

/** Values that are not among those that came before. */
export const distinct = element({
  kind: "transform",
  name: "distinct",
  description: "Leaves out the values that came before, told apart by themselves or by what is at a path of them.",
  properties: z.strictObject({
    path: path.default("$").describe("What tells values apart; $ is the value itself."),
    remember: z.int().min(1).max(1_000_000).default(1024).describe("How many are remembered; the one not seen for longest is forgotten first."),
  }),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.any },
  create({ path, remember }) {
    const find = pathOf(path);
    return distinctStage({ key: (value) => keyOf(find(value)), remember });
  },
});

/** What two values have in common when they are equal, and none of two kinds. */
function keyOf(value: unknown): unknown {
  if (typeof value === "string") return `"${value}`;
  return typeof value === "object" && value !== null ? JSON.stringify(value, sorted) : value;
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
