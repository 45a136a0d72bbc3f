/** Rules made ready for an automaton: direct left recursion turned into repetition, and which rules to write out in place. */
import { choice, empty, type Expression, partsOf, repeat, type Rules, sequence } from "./expression.js";
import { refusal } from "./refuse.js";

/** Parts that a rule has at most to be written out wherever it is used. */
const smallRule = 60;

/** Rules that refer to each other in a row and are looked through for their size. */
const deepestChain = 500;

/** The rules without direct left recursion: `a ::= a x | y` is `a ::= y x*`. */
export function withoutLeftRecursion({ root, bodies }: Rules): Rules {
  return { root, bodies: new Map(Array.from(bodies, ([name, body]) => [name, unrolled(name, body)])) };
}

function unrolled(name: string, body: Expression): Expression {
  const alternatives = flatten("choice", body);
  const rest: Expression[] = [];
  const tails: Expression[] = [];
  for (const alternative of alternatives) {
    const [first, ...others] = flatten("sequence", alternative);
    if (first?.type !== "reference" || first.rule !== name) rest.push(alternative);
    else if (others.length > 0) tails.push(sequence(...others));
  }
  if (rest.length === alternatives.length) return body;
  return sequence(choice(...rest), tails.length > 0 ? repeat(choice(...tails)) : empty);
}

/** The items of choices in choices, or of sequences in sequences, as one list. */
function flatten(type: "choice" | "sequence", expression: Expression): readonly Expression[] {
  return expression.type === type ? expression.items.flatMap((item) => flatten(type, item)) : [expression];
}

/**
 * The rules to be written out in place rather than called: small ones and those used once, never one
 * that leads back to itself.
 *
 * @throws StageError `invalid_argument` for a reference to no rule.
 */
export function rulesInPlace({ bodies }: Rules): ReadonlySet<string> {
  const facts = new Map(Array.from(bodies, ([name, body]) => [name, factsOf(name, body, bodies)]));
  const uses = new Map<string, number>();
  for (const { references } of facts.values()) for (const [to, count] of references) uses.set(to, (uses.get(to) ?? 0) + count);
  const cyclic = cyclicRules(new Map(Array.from(facts, ([name, { references }]) => [name, [...references.keys()]])));
  const sizes = new Map<string, number>();
  const isInPlace = (name: string, depth: number): boolean => !cyclic.has(name) && depth < deepestChain && (uses.get(name) === 1 || sizeOf(name, depth) <= smallRule);
  /** The size of a rule with what is written out in it. */
  function sizeOf(name: string, depth: number): number {
    const known = sizes.get(name);
    if (known !== undefined) return known;
    const { size, references } = facts.get(name) as RuleFacts;
    let total = size;
    for (const [to, count] of references) if (isInPlace(to, depth + 1)) total += count * sizeOf(to, depth + 1);
    sizes.set(name, total);
    return total;
  }
  return new Set([...bodies.keys()].filter((name) => isInPlace(name, 0)));
}

interface RuleFacts {
  readonly references: ReadonlyMap<string, number>;
  readonly size: number;
}

function factsOf(name: string, body: Expression, bodies: ReadonlyMap<string, Expression>): RuleFacts {
  const references = new Map<string, number>();
  let size = 0;
  function visit(expression: Expression, times: number): void {
    size += times;
    if (expression.type === "reference") {
      const { rule } = expression;
      if (!bodies.has(rule)) throw refusal(`rule ${name}`, `it refers to ${JSON.stringify(rule)}, which is no rule; there are ${[...bodies.keys()].slice(0, 20).join(", ")}`);
      references.set(rule, (references.get(rule) ?? 0) + times);
    }
    const copies = expression.type === "repeat" ? Math.max(expression.minimum, expression.maximum === Infinity ? 1 : expression.maximum) : 1;
    for (const part of partsOf(expression)) visit(part, times * copies);
  }
  visit(body, 1);
  return { references, size };
}

/** The rules on cycles, and between cycles: what is left when those without successors or predecessors are taken away. */
function cyclicRules(edges: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const backwards = new Map<string, string[]>(Array.from(edges.keys(), (name) => [name, []]));
  for (const [from, targets] of edges) for (const to of targets) backwards.get(to)?.push(from);
  const left = new Set(edges.keys());
  for (const [forth, back] of [[edges, backwards], [backwards, edges]] as const) {
    const open = new Map(Array.from(left, (name) => [name, (forth.get(name) ?? []).filter((to) => left.has(to)).length]));
    const free = [...left].filter((name) => open.get(name) === 0);
    for (const name of free) {
      left.delete(name);
      for (const from of back.get(name) ?? []) {
        if (!left.has(from)) continue;
        const count = (open.get(from) ?? 0) - 1;
        open.set(from, count);
        if (count === 0) free.push(from);
      }
    }
  }
  return left;
}
