/** Expressions written down as states and transitions. */
import { choice, type Edge, type Expression, reference, repeat, type Rules, sequence } from "./expression.js";
import { rulesInPlace } from "./prepare-rules.js";
import { limits, tooLarge } from "./refuse.js";

/** Copies of a repeated part that stand side by side; more are counted in blocks of so many. */
const block = 1024;

/** Rules that are written out inside of each other. */
const deepest = 40;

/** What a transition takes: nothing, one byte of a range, or a text of a rule. */
export const free = -1;
const firstRule = 1 << 16;

/** States and their transitions, each in a list that leads from one transition of a state to the next. */
export class DraftStates {
  /** The last transition of each state, -1 where there is none. */
  readonly last: number[] = [];
  readonly before: number[] = [];
  readonly source: number[] = [];
  readonly target: number[] = [];
  readonly label: number[] = [];

  add(): number {
    if (this.last.length >= limits.states) throw tooLarge("grammar", `it needs more than ${limits.states} states; make its repetitions smaller`);
    return this.last.push(-1) - 1;
  }

  link(source: number, target: number, label = free): void {
    if (this.label.length >= limits.states * 10) throw tooLarge("grammar", "it has too many transitions; make its alternatives fewer or its repetitions smaller");
    this.before.push(this.last[source] as number);
    this.last[source] = this.label.push(label) - 1;
    this.source.push(source);
    this.target.push(target);
  }

  /** The states that are reached with no byte, the state itself included. */
  closure(state: number): ReadonlySet<number> {
    const reached = new Set([state]);
    for (const one of reached) {
      for (let edge = this.last[one] as number; edge !== -1; edge = this.before[edge] as number) if (this.label[edge] === free) reached.add(this.target[edge] as number);
    }
    return reached;
  }
}

export function byteLabel(from: number, to: number): number {
  return from * 256 + to;
}

/** The rule that a transition calls, by its number; nothing for the others. */
export function calledRule(label: number): number | undefined {
  return label < firstRule ? undefined : label - firstRule;
}

/** Copies of one part in a row: as many states each, of the same form. */
export interface Copies {
  readonly first: number;
  readonly stride: number;
  readonly count: number;
  readonly minimum: number;
  readonly maximum: number;
}

export interface DraftNetwork {
  readonly states: DraftStates;
  /** The rules that are called, by their numbers, with their first and last states; the root is the first. */
  readonly rules: readonly { readonly name: string; readonly start: number; readonly end: number }[];
  readonly copies: readonly Copies[];
}

/** Writes the rules down that the root needs. */
export function draftNetwork(rules: Rules): DraftNetwork {
  return new Draftsman(rules).draft();
}

class Draftsman {
  readonly #inPlace: ReadonlySet<string>;
  readonly #bodies: Map<string, Expression>;
  readonly #states = new DraftStates();
  readonly #copies: Copies[] = [];
  /** Numbers of the rules that are called; one that is met while another is written comes to the end. */
  readonly #called: Map<string, number>;
  readonly #blocks = new Map<Expression, string>();
  #depth = 0;

  constructor(rules: Rules) {
    this.#inPlace = rulesInPlace(rules);
    this.#bodies = new Map(rules.bodies);
    this.#called = new Map([[rules.root, 0]]);
  }

  draft(): DraftNetwork {
    const rules: { name: string; start: number; end: number }[] = [];
    for (const name of this.#called.keys()) {
      const span = { name, start: this.#states.add(), end: this.#states.add() };
      rules.push(span);
      this.#write(this.#bodies.get(name) as Expression, span.start, span.end);
    }
    return { states: this.#states, rules, copies: this.#copies };
  }

  #write(expression: Expression, from: number, to: number): void {
    switch (expression.type) {
      case "byte":
        this.#states.link(from, to, byteLabel(expression.from, expression.to));
        return;
      case "sequence":
        this.#writeSequence(expression.items, from, to);
        return;
      case "choice":
        for (const item of expression.items) this.#write(item, from, to);
        return;
      case "repeat":
        this.#writeRepeat(expression.item, expression.minimum, expression.maximum, from, to);
        return;
      case "reference":
        this.#writeReference(expression.rule, from, to);
        return;
      case "graph": {
        const first = this.#states.last.length;
        for (let count = 0; count < expression.size; count++) this.#states.add();
        this.#states.link(from, first + expression.start);
        for (const end of expression.ends) this.#states.link(first + end, to);
        this.#writeEdges(expression.edges, first);
      }
    }
  }

  /** Edges to one state that take the same are written once, after a state that all of them lead to. */
  #writeEdges(edges: readonly Edge[], first: number): void {
    for (const [to, arriving] of Map.groupBy(edges, (edge) => edge.to)) {
      for (const [label, alike] of Map.groupBy(arriving, (edge) => edge.label)) {
        const [{ from }, ...others] = alike as [Edge, ...Edge[]];
        const state = others.length === 0 ? first + from : this.#states.add();
        if (others.length > 0) for (const edge of alike) this.#states.link(first + edge.from, state);
        this.#write(label, state, first + to);
      }
    }
  }

  #writeSequence(items: readonly Expression[], from: number, to: number): void {
    if (items.length === 0) this.#states.link(from, to);
    let state = from;
    for (const [index, item] of items.entries()) {
      const next = index === items.length - 1 ? to : this.#states.add();
      this.#write(item, state, next);
      state = next;
    }
  }

  #writeReference(rule: string, from: number, to: number): void {
    if (!this.#inPlace.has(rule) || this.#depth >= deepest) {
      const number = this.#called.get(rule) ?? this.#called.size;
      this.#called.set(rule, number);
      this.#states.link(from, to, firstRule + number);
      return;
    }
    this.#depth++;
    this.#write(this.#bodies.get(rule) as Expression, from, to);
    this.#depth--;
  }

  #writeRepeat(item: Expression, minimum: number, maximum: number, from: number, to: number): void {
    if (minimum > block || (maximum !== Infinity && maximum > block)) {
      this.#write(this.#inBlocks(item, minimum, maximum), from, to);
      return;
    }
    const states = this.#states;
    const count = maximum === Infinity ? minimum : maximum;
    const first = states.last.length;
    let state = from;
    if (maximum !== Infinity && minimum === 0) states.link(from, to);
    for (let copy = 1; copy <= count; copy++) {
      const next = states.add();
      this.#write(item, state, next);
      if (maximum !== Infinity && copy >= minimum) states.link(next, to);
      state = next;
    }
    if (count > 1) this.#copies.push({ first, stride: (states.last.length - first) / count, count, minimum, maximum });
    if (maximum !== Infinity) return;
    const loop = states.add();
    states.link(state, loop);
    this.#write(item, loop, loop);
    states.link(loop, to);
  }

  /** The same repetition, counted in blocks that are a rule of their own. */
  #inBlocks(item: Expression, minimum: number, maximum: number): Expression {
    let rule = this.#blocks.get(item);
    if (rule === undefined) {
      rule = `block ${this.#blocks.size + 1}`;
      this.#blocks.set(item, rule);
      this.#bodies.set(rule, repeat(item, block, block));
    }
    const whole = reference(rule);
    const required = sequence(repeat(whole, Math.floor(minimum / block), Math.floor(minimum / block)), repeat(item, minimum % block, minimum % block));
    if (maximum === Infinity) return sequence(required, repeat(item));
    const full = Math.floor((maximum - minimum) / block);
    const rest = repeat(item, 0, (maximum - minimum) % block);
    if (full === 0) return sequence(required, rest);
    return sequence(required, choice(sequence(repeat(whole, 0, full - 1), repeat(item, 0, block - 1)), sequence(repeat(whole, full, full), rest)));
  }
}
