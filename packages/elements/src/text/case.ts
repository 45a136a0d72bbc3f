/** Text in capital or small letters. */
import { map, type Bidi } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { language } from "./language.js";

type Case = "upper" | "lower";

const locale = language.default("en").describe("Language tag by whose rules letters are changed.");
const pads = { in: { name: "in", caps: caps.text }, out: { name: "out", caps: caps.text } } as const;

/** Text in the letters that are chosen. */
export const letterCase = element({
  kind: "transform",
  name: "case",
  description: "Gives each piece of text in capital or small letters; where a letter depends on those beside it, these are of the same piece.",
  properties: z.strictObject({ to: z.enum(["upper", "lower"]).describe("Capital or small letters."), locale }),
  ...pads,
  isOneForOne: () => true,
  create: ({ to, locale }) => inCase(to, locale),
});

/** Text in capital letters. */
export const upper = element({
  kind: "transform",
  name: "upper",
  description: "Gives text in capital letters, as case to=upper does.",
  properties: z.strictObject({ locale }),
  ...pads,
  isOneForOne: () => true,
  create: ({ locale }) => inCase("upper", locale),
});

/** Text in small letters. */
export const lower = element({
  kind: "transform",
  name: "lower",
  description: "Gives text in small letters, as case to=lower does.",
  properties: z.strictObject({ locale }),
  ...pads,
  isOneForOne: () => true,
  create: ({ locale }) => inCase("lower", locale),
});

function inCase(to: Case, locale: string): Bidi<string, string> {
  const change = to === "upper" ? (text: string): string => text.toLocaleUpperCase(locale) : (text: string): string => text.toLocaleLowerCase(locale);
  return map(change);
}
