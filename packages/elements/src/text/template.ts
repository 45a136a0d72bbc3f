/** Texts with places for values. */
import { map, StageError } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { pathOf, type Path } from "../values/path.js";
import { textOf } from "../values/text-of.js";

/** A text made of each value. */
export const template = element({
  kind: "transform",
  name: "template",
  description: "Makes a text of each value: {{input}} stands for the value, {{a.b[0]}} for what is at a path of it; {{{{ is two braces. Nothing is evaluated.",
  properties: z.strictObject({
    template: z.string().max(100_000).describe("The text, such as Say {{title}} in French."),
    missing: z.enum(["fail", "empty"]).default("fail").describe("What a place is for which a value has nothing: an error, or an empty text."),
  }),
  isOneForOne: () => true,
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.text },
  create({ template, missing }) {
    const pieces = piecesOf(template);
    return map(function template(value: unknown): string {
      return pieces.map((piece) => (typeof piece === "string" ? piece : fill(piece, value, missing === "empty"))).join("");
    });
  },
});

/** Text put before each value. */
export const prefix = element({
  kind: "transform",
  name: "prefix",
  description: "Puts a text before each piece of text.",
  properties: z.strictObject({ text: z.string().max(10_000).describe("What is put before each.") }),
  isOneForOne: () => true,
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.text },
  create: ({ text }) => map(function prefix(piece: string): string {
    return text + piece;
  }),
});

interface Place {
  readonly text: string;
  readonly find: Path;
}

const place = /\{\{(?:(?<escape>\{\{)|(?<path>[^{}]*)\}\})?/gu;

function piecesOf(template: string): readonly (string | Place)[] {
  const pieces: (string | Place)[] = [];
  let begin = 0;
  for (const match of template.matchAll(place)) {
    const { escape, path } = match.groups as { escape?: string; path?: string };
    if (escape === undefined && path === undefined) throw new StageError("invalid_argument", `template: the {{ at character ${match.index + 1} is not closed by }}; write {{{{ for two braces`);
    pieces.push(template.slice(begin, match.index), path === undefined ? "{{" : placeOf(path.trim()));
    begin = match.index + match[0].length;
  }
  pieces.push(template.slice(begin));
  return pieces;
}

const placeOf = (text: string): Place => ({ text, find: text === "input" ? (value) => value : pathOf(text) });

function fill({ text, find }: Place, value: unknown, isEmptyFine: boolean): string {
  const found = find(value);
  if (found !== undefined && found !== null) return textOf(found);
  if (isEmptyFine) return "";
  throw new StageError("invalid_argument", `template: the value has nothing at {{${text}}}; correct the path, or set missing=empty`);
}
