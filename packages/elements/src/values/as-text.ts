/** Values as text. */
import { map } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { textOf } from "./text-of.js";

/** Texts as they are, other values as JSON. */
export const asText = element({
  kind: "transform",
  name: "as-text",
  description: "Gives a text as it is and any other value as JSON in one line, with what is to end it.",
  properties: z.strictObject({ end: z.string().max(100).default("").describe("What ends each, such as a line feed.") }),
  in: { name: "in", caps: caps.json },
  out: { name: "out", caps: caps.text },
  isConversion: true,
  isOneForOne: () => true,
  create: ({ end }) => map(function asText(value: unknown): string {
    return textOf(value) + end;
  }),
});
