/** Nothing out of everything. */
import { forEach, inputStream, type Stream } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";

/** Takes all that comes. */
export const discard = element({
  kind: "sink",
  name: "discard",
  description: "Takes all that comes and does nothing with it.",
  properties: z.strictObject({}),
  in: { name: "in", caps: caps.any },
  create: () => inputStream(async function discard(input: Stream<unknown>): Promise<void> {
    await forEach(input, () => {});
  }),
});
