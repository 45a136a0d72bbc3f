import { bidi } from "@iftk/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { caps } from "../caps.js";
import { element } from "../define-element.js";
import { elementInspection } from "./element-inspection.js";
import { inspectElement } from "./inspect-element.js";

const properties = z.strictObject({
  model: z.string().min(1).max(64).describe("Which model."),
  maximum: z.int().min(1).max(500).default(200).describe("Characters of a sentence."),
  heat: z.number().gt(0).optional(),
  count: z.int().optional(),
  policy: z.enum(["block", "latest"]).default("block"),
  names: z.array(z.string()).max(3).optional(),
  value: z.union([z.string(), z.null()]).optional(),
  flag: z.boolean().default(false),
  free: z.json().optional(),
  map: z.record(z.string(), z.number()).optional(),
});
const sentences = element({
  kind: "transform",
  name: "sentences",
  description: "Cuts a text into sentences.",
  properties,
  changeable: ["maximum"],
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: { type: "text/plain", parameters: { language: "fr" } }, description: "Whole sentences." },
  create: () => bidi((input: AsyncIterable<unknown>) => input),
});
const tee = element({
  kind: "split",
  name: "tee",
  description: "Gives all to each.",
  properties: z.strictObject({}),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.any, isRequested: true },
  create: () => () => [],
});

test("the page of an element tells its kind, its pads with caps, and its properties with types, defaults, ranges and meanings", () => {
  expect(inspectElement(sentences)).toBe(`sentences: Cuts a text into sentences.

Kind: transform

Pads:
  takes  in  text/plain
  gives  out  text/plain,language=fr
         Whole sentences.

Properties:
  model
      text, 1 to 64 characters; required
      Which model.
  maximum=200
      whole number from 1 to 500; may change while it runs
      Characters of a sentence.
  heat
      number above 0
  count
      whole number
  policy=block
      "block" or "latest"
  names
      list of text, at most 3 items
  value
      text or null
  flag=false
      true or false
  free
      any JSON value
  map
      object
`);
});

test("pads that links ask for are told by their template", () => {
  expect(inspectElement(tee)).toBe(`tee: Gives all to each.

Kind: split

Pads:
  takes  in  */*
  gives  out0, out1, ... (as links ask, 64 at most)  */*

Properties: none
`);
});

test("the facts of an element are JSON", () => {
  const facts = elementInspection(tee);
  expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
  expect(facts.pads[1]).toEqual({ name: "out", side: "out", caps: "*/*", isRequested: true, most: 64 });
});
