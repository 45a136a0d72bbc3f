/** Bounds on how long values may take. */
import { intercept, map } from "@iftk/core";
import { timeout as limitTime } from "@iftk/core/interceptors";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { longestTime } from "./time.js";

const time = z.number().min(1).max(longestTime).optional();

/** The same values, or an error when they take too long. */
export const timeout = element({
  kind: "transform",
  name: "timeout",
  description: "Gives the values on, and is an error when they take too long; time in which nobody reads counts for total alone.",
  properties: z.strictObject({
    first: time.describe("Milliseconds in which the first value has to come."),
    idle: time.describe("Milliseconds in which the next one has to come."),
    total: time.describe("Milliseconds in which all has to be over."),
  }),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.any },
  create: ({ first, idle, total }) => intercept(
    map(function timeout(value: unknown): unknown {
      return value;
    }),
    limitTime({ ...(first !== undefined && { first }), ...(idle !== undefined && { idle }), ...(total !== undefined && { total }) }),
  ),
});
