/** The members of an object, in their order. */
import { exceptFor, expressionOf, isEmpty, product } from "../character-automaton.js";
import { type Edge, type Expression, literal, sequence } from "../expression.js";
import { jsonCharacter, type Layout } from "../json-text.js";
import { limits, refusal, tooLarge } from "../refuse.js";
import { type Conjunction, type ObjectShape, propertyOf } from "./shape.js";

export interface Members {
  readonly shape: ObjectShape;
  /** What properties are that neither a name nor a pattern covers; undefined when there may be none. */
  readonly rest: Conjunction | undefined;
  readonly layout: Layout;
  /** The expression of a value for which schemas hold. */
  readonly value: (conjunction: Conjunction) => Expression;
  readonly place: string;
}

const quote = literal('"');

/**
 * Named members in the order of the schema, then those named only as required, then any others.
 *
 * A state is a place in that order and the number of members before it, as far as it matters. A name
 * that is not in the schema may come twice, with the last to count, so it counts towards a minimum once.
 */
export function membersExpression({ shape, rest, layout, value, place }: Members): Expression {
  const { properties, required, minimum, maximum } = shape;
  const names = [...new Set([...properties.keys(), ...required])];
  const others = otherMembers({ shape, rest, layout, value, place }, names);
  if (others.length > 0 && minimum > required.size + 1) {
    throw refusal(place, `minProperties: ${minimum} cannot be held where names are free, only ${required.size + 1}, one more than are required; name the properties and set additionalProperties to false`);
  }
  const counts = maximum < Infinity && (others.length > 0 || maximum < names.length) ? maximum : Math.max(1, Math.min(minimum, names.length + 1));
  const hasMost = counts === maximum;
  const width = counts + 1;
  if (width * (names.length + 1) > limits.patternStates) throw tooLarge(place, `${names.length} properties with minProperties or maxProperties`);
  const edges: Edge[] = [];
  function member(from: number, to: number, count: number, label: Expression): void {
    if (hasMost && count === counts) return;
    edges.push({ from: from * width + count, to: to * width + Math.min(count + 1, counts), label: count > 0 ? sequence(layout.comma, label) : label });
  }
  for (const [index, name] of names.entries()) {
    const label = sequence(literal(JSON.stringify(name)), layout.colon, value(propertyOf(shape, name)));
    for (let count = 0; count <= Math.min(index, counts); count++) {
      member(index, index + 1, count, label);
      if (!required.has(name)) edges.push({ from: index * width + count, to: (index + 1) * width + count, label: sequence() });
    }
  }
  for (const label of others) for (let count = 0; count <= counts; count++) member(names.length, names.length, count, label);
  const ends = Array.from({ length: width }, (_, count) => count).filter((count) => count >= Math.min(minimum, counts));
  return { type: "graph", size: width * (names.length + 1), edges, start: 0, ends: ends.map((count) => names.length * width + count) };
}

/** Members whose names match a pattern, or are none of those that the schema has. */
function otherMembers({ shape: { patterns }, rest, layout, value, place }: Members, names: readonly string[]): readonly Expression[] {
  if (patterns.length > 0 && rest !== undefined) throw refusal(place, "patternProperties beside other properties cannot be held; set additionalProperties to false");
  const free = exceptFor(names);
  const keys = patterns.map(({ name, schemas }) => ({ automaton: product(name.automaton, free, place), schemas }));
  for (const [index, key] of keys.entries()) {
    if (keys.some((other, at) => at < index && !isEmpty(product(other.automaton, key.automaton, place)))) throw refusal(place, "patternProperties: a name may match two of the patterns");
  }
  if (rest !== undefined) keys.push({ automaton: free, schemas: rest });
  return keys.map(({ automaton, schemas }) => sequence(quote, expressionOf(automaton, jsonCharacter), quote, layout.colon, value(schemas)));
}
