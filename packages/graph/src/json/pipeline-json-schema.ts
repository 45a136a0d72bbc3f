/** The JSON form of pipelines as JSON Schema, for editors and other languages. */
import { longestCaps, longestDescription, mostElements, mostLinks } from "../launch/launch-limits.js";

/** Names that all objects have, which nothing in a pipeline is called. */
const reserved = Object.getOwnPropertyNames(Object.prototype).sort();

const except = (names: readonly string[]): string => `^(?!(?:${names.join("|")})$)`;

const graphProperties = {
  elements: { description: "The elements and bins.", type: "array", maxItems: mostElements, items: { anyOf: [{ $ref: "#/$defs/element" }, { $ref: "#/$defs/bin" }] } },
  links: { description: "The links between their pads. Of pads that are made as they are asked for, the links without a pad take one after the other.", type: "array", maxItems: mostLinks, items: { $ref: "#/$defs/link" } },
};

const definitions = {
  name: { description: "Letters, digits, _ and -, a letter first.", type: "string", pattern: `${except(reserved)}[A-Za-z][A-Za-z0-9_-]{0,63}$` },
  element: {
    description: "A use of an element.",
    type: "object",
    properties: {
      name: { description: "By which links name it, unique in its pipeline or bin.", $ref: "#/$defs/name" },
      element: { description: "Which element it is, as iftk inspect lists them.", $ref: "#/$defs/name" },
      properties: {
        description: "What differs from the defaults of the element.",
        type: "object",
        propertyNames: { type: "string", pattern: `${except([...reserved, "name"])}[A-Za-z][A-Za-z0-9_.-]{0,63}$` },
        additionalProperties: { $ref: "#/$defs/value" },
      },
    },
    required: ["name", "element"],
    additionalProperties: false,
  },
  bin: {
    description: "Elements that stand together under a name; what is free in them, the bin takes and gives.",
    type: "object",
    properties: {
      name: { description: "By which links name it, unique in its pipeline or bin.", $ref: "#/$defs/name" },
      bin: { type: "object", properties: graphProperties, required: ["elements", "links"], additionalProperties: false },
    },
    required: ["name", "bin"],
    additionalProperties: false,
  },
  link: {
    type: "object",
    properties: {
      from: { description: "The pad that gives.", $ref: "#/$defs/pad" },
      to: { description: "The pad that takes.", $ref: "#/$defs/pad" },
      caps: { description: "What alone may flow, such as audio/pcm,rate=16000.", type: "string", maxLength: longestCaps },
    },
    required: ["from", "to"],
    additionalProperties: false,
  },
  pad: {
    description: "A pad of an element; without a name the only one, or the next one.",
    type: "object",
    properties: { element: { $ref: "#/$defs/name" }, pad: { $ref: "#/$defs/name" } },
    required: ["element"],
    additionalProperties: false,
  },
  value: {
    description: "Any JSON value.",
    anyOf: [
      { type: "string" }, { type: "number" }, { type: "boolean" }, { type: "null" },
      { type: "array", items: { $ref: "#/$defs/value" } },
      { type: "object", propertyNames: { type: "string", pattern: except(reserved) }, additionalProperties: { $ref: "#/$defs/value" } },
    ],
  },
};

/**
 * Gives the JSON Schema (2020-12) of the newest version of the JSON form.
 *
 * What a schema cannot say, `readPipeline` checks: that names are unique, that links name what is there, that caps can be read, and how large all is and how deep it is nested.
 */
export function pipelineJsonSchema(): object {
  return structuredClone({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Pipeline",
    description: "A pipeline of @iftk/graph: elements with their properties, and the links between their pads.",
    type: "object",
    properties: {
      $schema: { description: "Where this schema is, for editors; it says nothing of the pipeline." },
      version: { description: "Of this form.", const: 1 },
      description: { description: "What it does, for people.", type: "string", maxLength: longestDescription },
      ...graphProperties,
    },
    required: ["version", "elements", "links"],
    additionalProperties: false,
    $defs: definitions,
  });
}
