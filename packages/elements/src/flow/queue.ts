/** Room between two speeds. */
import { buffer } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";

/** How many values may wait. */
export const size = z.int().min(1).max(1_000_000).default(16);

/** What becomes of a value for which there is no room. */
export const policy = z.enum(["block", "drop-oldest", "drop-newest", "latest", "error"]).default("block");

/** What the policies do, for people. */
export const policies = "When there is no room: block has the source wait, drop-oldest drops the value that waits longest, drop-newest the one that came, latest keeps the newest alone, error fails.";

/** How many values may wait before the policy drops some or fails; undefined where the source has to wait instead. */
export function dropsBeyond({ size, policy: beyond }: { readonly size: number; readonly policy: z.infer<typeof policy> }): number | undefined {
  if (beyond === "block") return undefined;
  return beyond === "latest" ? 1 : size;
}

/** A buffer that is read ahead. */
export const queue = element({
  kind: "transform",
  name: "queue",
  description: "Reads ahead of its consumer, so that neither holds up the other, up to a bound.",
  properties: z.strictObject({ size: size.describe("Values that may wait."), policy: policy.describe(policies) }),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.any },
  dropsBeyond,
  create: ({ size, policy }) => buffer({ size, policy }),
});
