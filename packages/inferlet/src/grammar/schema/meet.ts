/** What two shapes allow in common. */
import { refusal } from "../refuse.js";
import { type ArrayShape, type Conjunction, itemOf, type NumberShape, type ObjectShape, propertyOf, type Shape, type StringShape } from "./shape.js";

/**
 * The shape of the values that both allow; nothing when there are none, as far as that can be seen here.
 *
 * @param holds says whether a shape allows a value
 */
export function meet(one: Shape, other: Shape, place: string, holds: (value: unknown, shape: Shape) => boolean): Shape | undefined {
  if (one.type === "literal") return holds(one.value, other) ? one : undefined;
  if (other.type === "literal") return holds(other.value, one) ? other : undefined;
  if (one.type === "number" && other.type === "number") return meetNumbers(one, other, place);
  if (one.type === "string" && other.type === "string") return meetStrings(one, other);
  if (one.type === "array" && other.type === "array") return meetArrays(one, other);
  if (one.type === "object" && other.type === "object") return meetObjects(one, other, place);
  return undefined;
}

interface Bounds {
  readonly minimum: number;
  readonly maximum: number;
}

function meetBounds(one: Bounds, other: Bounds): Bounds | undefined {
  const minimum = Math.max(one.minimum, other.minimum);
  const maximum = Math.min(one.maximum, other.maximum);
  return minimum > maximum ? undefined : { minimum, maximum };
}

function meetNumbers(one: NumberShape, other: NumberShape, place: string): NumberShape | undefined {
  const bounds = meetBounds(one, other);
  return bounds && { type: "number", ...bounds, isInteger: one.isInteger || other.isInteger, multipleOf: leastCommonMultiple(one.multipleOf, other.multipleOf, place) };
}

function leastCommonMultiple(one: number | undefined, other: number | undefined, place: string): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  let [divisor, rest] = [one, other];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  const multiple = (one / divisor) * other;
  if (multiple > 1000) throw refusal(place, `multipleOf ${one} and ${other} together`);
  return multiple;
}

function meetStrings(one: StringShape, other: StringShape): StringShape | undefined {
  const bounds = meetBounds(one, other);
  const others = other.patterns.filter(({ name }) => one.patterns.every((pattern) => pattern.name !== name));
  return bounds && { type: "string", ...bounds, patterns: [...one.patterns, ...others] };
}

function meetRest(one: Conjunction | undefined, other: Conjunction | undefined): Conjunction | undefined {
  return one === undefined && other === undefined ? undefined : [...(one ?? []), ...(other ?? [])];
}

function meetArrays(one: ArrayShape, other: ArrayShape): ArrayShape | undefined {
  const bounds = meetBounds(one, other);
  if (bounds === undefined) return undefined;
  const length = Math.max(one.prefix.length, other.prefix.length);
  const prefix = Array.from({ length }, (_, index) => [...itemOf(one, index), ...itemOf(other, index)]);
  return { type: "array", ...bounds, prefix, rest: meetRest(one.rest, other.rest) };
}

function meetObjects(one: ObjectShape, other: ObjectShape, place: string): ObjectShape | undefined {
  const bounds = meetBounds(one, other);
  if (bounds === undefined) return undefined;
  if (one.patterns.length > 0 && other.patterns.length > 0) throw refusal(place, "patternProperties in more than one of the schemas that hold together");
  const names = new Set([...one.properties.keys(), ...other.properties.keys()]);
  const properties = new Map(Array.from(names, (name) => [name, [...propertyOf(one, name), ...propertyOf(other, name)]]));
  const patterns = [
    ...one.patterns.map(({ name, schemas }) => ({ name, schemas: [...schemas, ...(other.rest ?? [])] })),
    ...other.patterns.map(({ name, schemas }) => ({ name, schemas: [...schemas, ...(one.rest ?? [])] })),
  ];
  return { type: "object", ...bounds, properties, patterns, rest: meetRest(one.rest, other.rest), required: new Set([...one.required, ...other.required]) };
}
