/** The shapes that the keywords of one schema allow, without those that lead to other schemas. */
import { accepts, anyMatch, wholeMatch } from "../character-automaton.js";
import { readPattern } from "../read-pattern.js";
import { refusal } from "../refuse.js";
import { formatLengths, formatPatterns } from "./formats.js";
import { countOf, inside, numberOf, type SchemaObject, schemaList, schemaMap, stringOf, stringsOf, typesOf } from "./keywords.js";
import { type ArrayShape, type Located, type NumberShape, type ObjectShape, type Shape, type StringShape, type TextPattern } from "./shape.js";

export function readShapes(located: Located, schema: SchemaObject): Shape[] {
  const types = typesOf(located, schema);
  const shapes: Shape[] = [];
  if (types.has("null")) shapes.push({ type: "literal", value: null });
  if (types.has("boolean")) shapes.push({ type: "literal", value: true }, { type: "literal", value: false });
  // What is malformed is refused, whether the type can occur or not.
  const number = readNumber(located, schema, !types.has("number"));
  if (types.has("number") || types.has("integer")) shapes.push(number);
  const string = readString(located, schema);
  if (types.has("string")) shapes.push(string);
  const array = readArray(located, schema);
  if (types.has("array")) shapes.push(array);
  const object = readObject(located, schema);
  if (types.has("object")) shapes.push(object);
  return shapes.filter((shape) => shape.type === "literal" || shape.minimum <= shape.maximum);
}

function readNumber(located: Located, schema: SchemaObject, isInteger: boolean): NumberShape {
  const above = numberOf(located, schema, "exclusiveMinimum");
  const below = numberOf(located, schema, "exclusiveMaximum");
  const multipleOf = numberOf(located, schema, "multipleOf");
  if (multipleOf !== undefined && (!Number.isInteger(multipleOf) || multipleOf < 1 || multipleOf > 1000)) {
    throw refusal(located.place, `multipleOf: ${multipleOf} cannot be held, only integers from 1 to 1000`);
  }
  return {
    type: "number",
    isInteger: isInteger || multipleOf !== undefined,
    minimum: Math.max(numberOf(located, schema, "minimum") ?? -Infinity, above === undefined ? -Infinity : following(above)),
    maximum: Math.min(numberOf(located, schema, "maximum") ?? Infinity, below === undefined ? Infinity : -following(-below)),
    multipleOf: multipleOf === 1 ? undefined : multipleOf,
  };
}

/** The smallest double above a number. */
function following(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0] = (bits[0] as bigint) + (value > 0 ? 1n : -1n);
  return new Float64Array(bits.buffer)[0] as number;
}

function readString(located: Located, schema: SchemaObject): StringShape {
  const pattern = stringOf(located, schema, "pattern");
  const format = stringOf(located, schema, "format");
  const patterns: TextPattern[] = [];
  if (pattern !== undefined) patterns.push(textPattern(pattern, `${located.place}/pattern`));
  if (format !== undefined) {
    const known = formatPatterns.get(format);
    if (known === undefined) throw refusal(located.place, `the format ${JSON.stringify(format)} cannot be held, only ${[...formatPatterns.keys()].join(", ")}`);
    patterns.push({ name: `format ${format}`, automaton: wholeMatch(readPattern(known, located.place), located.place) });
  }
  return {
    type: "string",
    minimum: countOf(located, schema, "minLength", 0),
    maximum: Math.min(countOf(located, schema, "maxLength", Infinity), formatLengths.get(format ?? "") ?? Infinity),
    patterns,
  };
}

function textPattern(source: string, place: string): TextPattern {
  return { name: `pattern ${source}`, automaton: anyMatch(readPattern(source, place), place) };
}

function readArray(located: Located, schema: SchemaObject): ArrayShape {
  const isTuple = Array.isArray(schema["items"]);
  if (isTuple && schema["prefixItems"] !== undefined) throw refusal(located.place, "items is a list beside prefixItems");
  const restKeyword = isTuple ? "additionalItems" : "items";
  const prefix = schemaList(located, schema, isTuple ? "items" : "prefixItems") ?? [];
  const maximum = countOf(located, schema, "maxItems", Infinity);
  if (schema["uniqueItems"] === true && maximum > 1) throw refusal(located.place, "uniqueItems cannot be held");
  return {
    type: "array",
    minimum: countOf(located, schema, "minItems", 0),
    maximum,
    prefix: prefix.map((item) => [item]),
    rest: schema[restKeyword] === undefined ? undefined : [inside(located, restKeyword, schema[restKeyword])],
  };
}

function readObject(located: Located, schema: SchemaObject): ObjectShape {
  const patterns = Array.from(schemaMap(located, schema, "patternProperties"), ([pattern, schemas]) => ({ name: textPattern(pattern, `${located.place}/patternProperties`), schemas }));
  const rest = schema["additionalProperties"];
  return {
    type: "object",
    properties: new Map(Array.from(schemaMap(located, schema, "properties"), ([name, own]) => [name, [...own, ...patterns.filter((pattern) => accepts(pattern.name.automaton, name)).flatMap(({ schemas }) => schemas)]])),
    patterns,
    rest: rest === undefined ? undefined : [inside(located, "additionalProperties", rest)],
    required: new Set(stringsOf(located, schema, "required")),
    minimum: countOf(located, schema, "minProperties", 0),
    maximum: countOf(located, schema, "maxProperties", Infinity),
  };
}
