/** Schemas as rules over bytes. */
import { expressionOf, ofLength, product } from "../character-automaton.js";
import { choice, empty, type Expression, literal, optional, reference, repeat, type Rules, sequence } from "../expression.js";
import { bracketed, jsonCharacter, jsonLiteral, jsonStringOfLength, type Layout, layoutOf, type Whitespace } from "../json-text.js";
import { limits, tooLarge } from "../refuse.js";
import { utf8 } from "../utf8.js";
import { numberAutomaton } from "./number-pattern.js";
import { membersExpression } from "./members-expression.js";
import { SchemaReader } from "./schema-reader.js";
import { type ArrayShape, type Conjunction, itemOf, type Shape, type StringShape } from "./shape.js";

export interface SchemaRulesOptions {
  readonly whitespace: Whitespace;
  readonly isStrict: boolean;
}

/** The rules of the JSON texts that a schema allows: one for each set of schemas that hold together. */
export function schemaRules(schema: unknown, { whitespace, isStrict }: SchemaRulesOptions): Rules {
  return new SchemaCompiler(schema, layoutOf(whitespace), isStrict).compile();
}

const quote = literal('"');

class SchemaCompiler {
  readonly #root: unknown;
  readonly #reader: SchemaReader;
  readonly #layout: Layout;
  readonly #isStrict: boolean;
  readonly #numbers = new Map<unknown, number>();
  /** By rule; those that are met while others are written come to its end. */
  readonly #met = new Map<string, Conjunction>();

  constructor(root: unknown, layout: Layout, isStrict: boolean) {
    this.#root = root;
    this.#reader = new SchemaReader(root);
    this.#layout = layout;
    this.#isStrict = isStrict;
  }

  compile(): Rules {
    const root = this.#ruleOf([{ schema: this.#root, place: "schema #" }]);
    const bodies = new Map<string, Expression>();
    for (const [rule, conjunction] of this.#met) {
      const place = conjunction[0]?.place ?? "schema #";
      if (bodies.size > limits.alternatives) throw tooLarge(place, `there are more than ${limits.alternatives} schemas`);
      bodies.set(rule, choice(...this.#reader.shapesOfAll(conjunction).map((shape) => this.#expressionOf(shape, place))));
    }
    return { root, bodies };
  }

  #ruleOf(conjunction: Conjunction): string {
    const schemas = [...new Map(conjunction.filter(({ schema }) => schema !== true).map((located) => [located.schema, located])).values()];
    const rule = schemas.map(({ schema }) => this.#numberOf(schema)).sort((a, b) => a - b).join("&") || "any";
    if (!this.#met.has(rule)) this.#met.set(rule, schemas);
    return rule;
  }

  #numberOf(schema: unknown): number {
    let number = this.#numbers.get(schema);
    if (number === undefined) this.#numbers.set(schema, (number = this.#numbers.size));
    return number;
  }

  #value = (conjunction: Conjunction): Expression => reference(this.#ruleOf(conjunction));

  #expressionOf(shape: Shape, place: string): Expression {
    switch (shape.type) {
      case "literal":
        return jsonLiteral(shape.value, this.#layout);
      case "number":
        return expressionOf(numberAutomaton(shape, place), utf8);
      case "string":
        return stringExpression(shape, place);
      case "array":
        return bracketed("[", this.#items(shape), "]", this.#layout);
      case "object": {
        const isOpen = shape.rest !== undefined || !this.#isStrict || (shape.properties.size === 0 && shape.patterns.length === 0);
        const rest = isOpen && this.#reader.shapesOfAll(shape.rest ?? []).length > 0 ? (shape.rest ?? []) : undefined;
        return bracketed("{", membersExpression({ shape, rest, layout: this.#layout, value: this.#value, place }), "}", this.#layout);
      }
    }
  }

  #items(shape: ArrayShape): Expression {
    const { minimum, maximum, prefix, rest } = shape;
    const isOpen = rest !== undefined || !this.#isStrict || prefix.length === 0;
    const most = isOpen && this.#reader.shapesOfAll(rest ?? []).length > 0 ? maximum : Math.min(maximum, prefix.length);
    if (most < minimum) return choice();
    // Items up to here are written one by one; the first always is, as no comma stands before it.
    const single = Math.min(most, Math.max(1, prefix.length));
    const comma = this.#layout.comma;
    let items: Expression = most > single ? repeat(sequence(comma, this.#value(itemOf(shape, prefix.length))), Math.max(0, minimum - single), most - single) : empty;
    for (let index = single - 1; index >= 0; index--) {
      const item = sequence(...(index > 0 ? [comma] : []), this.#value(itemOf(shape, index)), items);
      items = index < minimum ? item : optional(item);
    }
    return items;
  }
}

function stringExpression({ patterns, minimum, maximum }: StringShape, place: string): Expression {
  if (patterns.length === 0) return jsonStringOfLength(minimum, maximum);
  const all = patterns.map(({ automaton }) => automaton);
  if (minimum > 0 || maximum < Infinity) all.push(ofLength(minimum, maximum, place));
  return sequence(quote, expressionOf(all.reduce((one, other) => product(one, other, place)), jsonCharacter), quote);
}
