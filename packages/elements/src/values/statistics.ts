/** Numbers, summed up. */
import { forEach, inputStream, StageError, type Stream } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { path, pathOf } from "./path.js";

/** Count, sum, least, greatest and mean of numbers. */
export const statistics = element({
  kind: "transform",
  name: "statistics",
  description: "Sums numbers up when the input has ended: {count, sum, minimum, maximum, mean}; the last three are null when none came.",
  properties: z.strictObject({ path: path.default("$").describe("Where the number of a value is; $ is the value itself.") }),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.json },
  create({ path }) {
    const find = pathOf(path);
    return inputStream(async function statistics(input: Stream<unknown>): Promise<Readonly<Record<string, number | null>>> {
      let [count, sum, minimum, maximum] = [0, 0, Infinity, -Infinity];
      await forEach(input, (value) => {
        const number = find(value);
        if (typeof number !== "number") throw new StageError("invalid_argument", `statistics: value ${count + 1} has no number at ${path}`);
        count++;
        sum += number;
        minimum = Math.min(minimum, number);
        maximum = Math.max(maximum, number);
      });
      return count === 0 ? { count, sum, minimum: null, maximum: null, mean: null } : { count, sum, minimum, maximum, mean: sum / count };
    });
  },
});
