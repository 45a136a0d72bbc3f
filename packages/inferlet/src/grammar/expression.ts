/** What a grammar says, over bytes. */

/** A language of byte strings. */
export type Expression =
  | { readonly type: "byte"; readonly from: number; readonly to: number }
  | { readonly type: "sequence"; readonly items: readonly Expression[] }
  | { readonly type: "choice"; readonly items: readonly Expression[] }
  | { readonly type: "repeat"; readonly item: Expression; readonly minimum: number; readonly maximum: number }
  | { readonly type: "reference"; readonly rule: string }
  /** Every path from `start` to one of `ends`. */
  | { readonly type: "graph"; readonly size: number; readonly edges: readonly Edge[]; readonly start: number; readonly ends: readonly number[] };

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly label: Expression;
}

/** Named expressions that may refer to each other, and the one that a text begins with. */
export interface Rules {
  readonly root: string;
  readonly bodies: ReadonlyMap<string, Expression>;
}

const encoder = new TextEncoder();

/** The empty text. */
export const empty: Expression = { type: "sequence", items: [] };

/** Not even the empty text. */
export const nothing: Expression = { type: "choice", items: [] };

export function byte(from: number, to = from): Expression {
  return { type: "byte", from, to };
}

export function sequence(...items: readonly Expression[]): Expression {
  return items.length === 1 ? (items[0] as Expression) : { type: "sequence", items };
}

export function choice(...items: readonly Expression[]): Expression {
  return items.length === 1 ? (items[0] as Expression) : { type: "choice", items };
}

export function repeat(item: Expression, minimum = 0, maximum = Infinity): Expression {
  return { type: "repeat", item, minimum, maximum };
}

export function optional(item: Expression): Expression {
  return repeat(item, 0, 1);
}

export function reference(rule: string): Expression {
  return { type: "reference", rule };
}

/** The text and nothing else, in UTF-8. */
export function literal(text: string): Expression {
  return sequence(...Array.from(encoder.encode(text), (value) => byte(value)));
}

/** The expressions directly inside of one. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.type) {
    case "sequence":
    case "choice":
      return expression.items;
    case "repeat":
      return [expression.item];
    case "graph":
      return expression.edges.map(({ label }) => label);
    case "byte":
    case "reference":
      return [];
  }
}
