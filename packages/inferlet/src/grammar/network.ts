/** The transition network of a grammar: finite automata that call each other. */
import { calledRule, type Copies, type DraftNetwork, draftNetwork, free } from "./draft-network.js";
import type { Rules } from "./expression.js";
import { withoutLeftRecursion } from "./prepare-rules.js";
import { refusal } from "./refuse.js";

/** A state; every transition of it lies on a way to the end. */
export interface State {
  /** From byte, to byte, target: three numbers for each transition. */
  readonly bytes: readonly number[];
  /** First state of the rule that is called, and the state after it: two numbers for each call. */
  readonly calls: readonly number[];
  /** Whether its rule may end here. */
  readonly isEnd: boolean;
}

/**
 * Makes the network of rules.
 *
 * A call at the end of a rule is a jump, so that recursion on the right needs no stack.
 *
 * @throws StageError `invalid_argument` when nothing matches, when a rule begins with itself by way of
 * others, and for unknown rules; `resource_exhausted` when it grows too large.
 */
export function networkOf(rules: Rules): Network {
  const prepared = withoutLeftRecursion(rules);
  if (!prepared.bodies.has(prepared.root)) throw refusal("grammar", `there is no rule ${JSON.stringify(prepared.root)} to begin with`);
  const draft = draftNetwork(prepared);
  skipEmptyRules(draft);
  refuseLeftRecursion(draft);
  jumpAtEnds(draft);
  return new Network(draft);
}

/** A recursive transition network (Woods 1970) whose states are given without empty transitions. */
export class Network {
  readonly start: number;
  readonly copies: readonly Copies[];
  readonly #draft: DraftNetwork;
  readonly #isAlive: Uint8Array;
  readonly #ends: ReadonlySet<number>;
  readonly #states: (State | undefined)[] = [];

  constructor(draft: DraftNetwork) {
    this.#draft = draft;
    this.#ends = new Set(draft.rules.map(({ end }) => end));
    this.#isAlive = aliveStates(draft, this.#ends);
    this.copies = draft.copies;
    this.start = (draft.rules[0] as { start: number }).start;
    if (this.#isAlive[this.start] === 0) throw refusal("grammar", "no text fits it");
  }

  stateOf(state: number): State {
    return (this.#states[state] ??= this.#read(state));
  }

  /** What leads on from a state and from those that it reaches with no byte. */
  #read(state: number): State {
    const { states, rules } = this.#draft;
    const bytes: number[] = [];
    const calls: number[] = [];
    let isEnd = false;
    for (const reached of states.closure(state)) {
      isEnd ||= this.#ends.has(reached);
      for (let edge = states.last[reached] as number; edge !== -1; edge = states.before[edge] as number) {
        const label = states.label[edge] as number;
        const target = states.target[edge] as number;
        if (label === free || this.#isAlive[target] === 0) continue;
        const rule = calledRule(label);
        if (rule === undefined) bytes.push(label >> 8, label & 255, target);
        else if (this.#isAlive[rules[rule]?.start as number] === 1) calls.push(rules[rule]?.start as number, target);
      }
    }
    return { bytes, calls, isEnd };
  }
}

/** The states from which an end is reached. */
function aliveStates({ states, rules }: DraftNetwork, ends: ReadonlySet<number>): Uint8Array {
  const { label, source, target, last } = states;
  const isAlive = new Uint8Array(last.length);
  // Transitions in lists by what must live for them to lead on: their target, and for calls the rule too.
  const count = label.length;
  const latest = new Int32Array(last.length).fill(-1);
  const earlier = new Int32Array(2 * count);
  function wait(state: number, entry: number): void {
    earlier[entry] = latest[state] as number;
    latest[state] = entry;
  }
  for (let edge = 0; edge < count; edge++) {
    const rule = calledRule(label[edge] as number);
    wait(target[edge] as number, edge);
    if (rule !== undefined) wait(rules[rule]?.start as number, count + edge);
  }
  const found = [...ends];
  for (const end of ends) isAlive[end] = 1;
  for (let index = 0; index < found.length; index++) {
    for (let entry = latest[found[index] as number] as number; entry !== -1; entry = earlier[entry] as number) {
      const edge = entry % count;
      const rule = calledRule(label[edge] as number);
      const from = source[edge] as number;
      if (isAlive[from] === 1 || isAlive[target[edge] as number] === 0 || (rule !== undefined && isAlive[rules[rule]?.start as number] === 0)) continue;
      isAlive[from] = 1;
      found.push(from);
    }
  }
  return isAlive;
}

/** A rule that may be empty may also be passed by. */
function skipEmptyRules({ states, rules }: DraftNetwork): void {
  const callers: number[][] = rules.map(() => []);
  for (let edge = 0; edge < states.label.length; edge++) {
    const rule = calledRule(states.label[edge] as number);
    if (rule !== undefined) callers[rule]?.push(edge);
  }
  const known = new Set<number>();
  for (let isNew = true; isNew; ) {
    isNew = false;
    for (const [rule, { start, end }] of rules.entries()) {
      if (known.has(rule) || !states.closure(start).has(end)) continue;
      known.add(rule);
      isNew = true;
      for (const edge of callers[rule] as number[]) states.link(states.source[edge] as number, states.target[edge] as number);
    }
  }
}

/** The rules that are called from a state or from one that it reaches with no byte. */
function callsFrom({ states }: DraftNetwork, state: number): number[] {
  const found: number[] = [];
  for (const reached of states.closure(state)) {
    for (let edge = states.last[reached] as number; edge !== -1; edge = states.before[edge] as number) {
      const rule = calledRule(states.label[edge] as number);
      if (rule !== undefined) found.push(rule);
    }
  }
  return found;
}

function refuseLeftRecursion(draft: DraftNetwork): void {
  const first = draft.rules.map(({ start }) => callsFrom(draft, start));
  const done = new Set<number>();
  for (const root of first.keys()) {
    const path: { readonly rule: number; next: number }[] = [{ rule: root, next: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const to = done.has(top.rule) ? undefined : first[top.rule]?.[top.next++];
      const begin = path.findIndex(({ rule }) => rule === to);
      if (to === undefined) {
        done.add(top.rule);
        path.pop();
      } else if (begin === -1) path.push({ rule: to, next: 0 });
      else {
        const names = [...path.slice(begin).map(({ rule }) => rule), to].map((rule) => draft.rules[rule]?.name);
        throw refusal("grammar", `a rule begins with itself by way of others: ${names.join(" -> ")}; let something stand before it, or write a repetition`);
      }
    }
  }
}

/** Turns calls after which nothing comes but the end of the caller into jumps. */
function jumpAtEnds({ states, rules }: DraftNetwork): void {
  const { last, before, label, source, target } = states;
  const ends = new Set(rules.map(({ end }) => end));
  const isLast = (state: number): boolean => {
    let hasEnd = false;
    for (const reached of states.closure(state)) {
      for (let edge = last[reached] as number; edge !== -1; edge = before[edge] as number) if (label[edge] !== free) return false;
      hasEnd ||= ends.has(reached);
    }
    return hasEnd;
  };
  // All are found before one is changed: a jump gives a state transitions that it did not have.
  const jumps: number[] = [];
  for (let edge = 0; edge < label.length; edge++) if (calledRule(label[edge] as number) !== undefined && isLast(target[edge] as number)) jumps.push(edge);
  for (const edge of jumps) {
    target[edge] = rules[calledRule(label[edge] as number) as number]?.start ?? (source[edge] as number);
    label[edge] = free;
  }
}
