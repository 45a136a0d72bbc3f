/** The text of a reply. */
import { caps, element } from "@iftk/graph";
import { text as textOfParts } from "@iftk/inference";
import { z } from "zod";

/** The text of a model's reply as it comes; it ends only when the reply is whole. */
export const text = element({
  kind: "transform",
  name: "text",
  description: "Gives the text of a reply, piece by piece, and leaves out all else; a reply that is cut off is an error.",
  properties: z.strictObject({}),
  in: { name: "in", caps: caps.part },
  out: { name: "out", caps: caps.text },
  isConversion: true,
  create: () => textOfParts,
});
