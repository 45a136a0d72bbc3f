/** Finite automata over characters: what patterns become, so that several can hold for one text. */
import { anyCodePoint, type CodePoints, complement, intersection, union } from "./code-points.js";
import type { Expression } from "./expression.js";
import { oneOf, inOrder, type Pattern, times } from "./pattern.js";
import { limits, tooLarge } from "./refuse.js";

export interface Transition {
  readonly to: number;
  readonly on: CodePoints;
}

/** A non-deterministic automaton without empty transitions; it starts in state 0. */
export interface CharacterAutomaton {
  readonly transitions: readonly (readonly Transition[])[];
  readonly isEnd: readonly boolean[];
}

interface DraftState {
  readonly transitions: Transition[];
  readonly free: { readonly to: number; readonly condition: "none" | "start" | "end" }[];
}

/** The automaton of the texts that match from their first character to their last. */
export function wholeMatch(pattern: Pattern, place: string): CharacterAutomaton {
  const states: DraftState[] = [];
  function add(): number {
    if (states.length >= limits.patternStates) throw tooLarge(place, `the pattern needs more than ${limits.patternStates} states; make its repetitions smaller`);
    return states.push({ transitions: [], free: [] }) - 1;
  }
  function link(from: number, to: number, condition: "none" | "start" | "end" = "none"): void {
    (states[from] as DraftState).free.push({ to, condition });
  }
  /** Adds what leads from a state through the pattern and gives the state after it. */
  function write(part: Pattern, from: number): number {
    switch (part.type) {
      case "character": {
        const to = add();
        (states[from] as DraftState).transitions.push({ to, on: part.set });
        return to;
      }
      case "sequence":
        return part.items.reduce((state, item) => write(item, state), from);
      case "choice": {
        const to = add();
        for (const item of part.items) {
          const begin = add();
          link(from, begin);
          link(write(item, begin), to);
        }
        return to;
      }
      case "repeat":
        return writeRepeat(part, from);
      case "start":
      case "end": {
        const to = add();
        link(from, to, part.type);
        return to;
      }
    }
  }
  function writeRepeat({ item, minimum, maximum }: Pattern & { type: "repeat" }, from: number): number {
    let state = from;
    for (let count = 0; count < minimum; count++) state = write(item, state);
    const end = add();
    if (maximum === Infinity) {
      const loop = add();
      link(state, loop);
      link(write(item, loop), loop);
      link(loop, end);
      return end;
    }
    for (let count = minimum; count < maximum; count++) {
      link(state, end);
      const begin = add();
      link(state, begin);
      state = write(item, begin);
    }
    link(state, end);
    return end;
  }
  return withoutFree(states, write(pattern, add()));
}

/** The automaton of the texts in which the pattern matches somewhere, as `RegExp.test` has it. */
export function anyMatch(pattern: Pattern, place: string): CharacterAutomaton {
  const anything = times(oneOf(anyCodePoint));
  return wholeMatch(inOrder(anything, pattern, anything), place);
}

/** Puts free transitions into the others; a state is known by its draft and by whether the text is at its start. */
function withoutFree(drafts: readonly DraftState[], end: number): CharacterAutomaton {
  const numbers = new Map<number, number>([[1, 0]]);
  const keys = [1];
  const transitions: Transition[][] = [];
  const isEnd: boolean[] = [];
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as number;
    const isAtStart = key % 2 === 1;
    const open = new Set([key >> 1]);
    for (const state of open) follow(state, open, ["none", ...(isAtStart ? ["start"] : [])]);
    // Once the end of the text is held to be here, no character follows.
    const closed = new Set(open);
    for (const state of closed) follow(state, closed, ["none", "end", ...(isAtStart ? ["start"] : [])]);
    isEnd.push(closed.has(end));
    const targets = new Map<number, CodePoints>();
    for (const state of open) {
      for (const { to, on } of (drafts[state] as DraftState).transitions) targets.set(to, eitherOf(targets.get(to), on));
    }
    transitions.push(Array.from(targets, ([to, on]) => {
      let target = numbers.get(to * 2);
      if (target === undefined) numbers.set(to * 2, (target = keys.push(to * 2) - 1));
      return { to: target, on };
    }));
  }
  function follow(state: number, into: Set<number>, conditions: readonly string[]): void {
    for (const { to, condition } of (drafts[state] as DraftState).free) if (conditions.includes(condition)) into.add(to);
  }
  return withoutTwins({ transitions, isEnd });
}

function eitherOf(one: CodePoints | undefined, other: CodePoints): CodePoints {
  return one && one !== other ? union(one, other) : other;
}

/** Times that twins are looked for: each time those are found that the time before has made. */
const mostRounds = 8;

/** The automaton with states put together that lead on alike: what "a|b" and "c|d" mean takes as many states as "[ab]" and "[cd]". */
function withoutTwins(automaton: CharacterAutomaton): CharacterAutomaton {
  const sets = new Map<CodePoints | string, number>();
  const numberOf = (set: CodePoints): number => {
    let number = sets.get(set);
    if (number === undefined) {
      const written = set.join();
      number = sets.get(written) ?? sets.size;
      sets.set(written, number).set(set, number);
    }
    return number;
  };
  let { transitions, isEnd } = automaton;
  for (let round = 0; round < mostRounds; round++) {
    const classes = new Map<string, number>();
    const classOf = transitions.map((own, state) => {
      const key = `${isEnd[state]} ${own.map(({ to, on }) => `${to} ${numberOf(on)}`).sort().join()}`;
      return classes.get(key) ?? classes.set(key, classes.size).size - 1;
    });
    if (classes.size === transitions.length) break;
    const firsts: number[] = [];
    for (const [state, number] of classOf.entries()) firsts[number] ??= state;
    const before = { transitions, isEnd };
    transitions = firsts.map((first) => {
      const targets = new Map<number, CodePoints>();
      for (const { to, on } of before.transitions[first] as readonly Transition[]) targets.set(classOf[to] as number, eitherOf(targets.get(classOf[to] as number), on));
      return Array.from(targets, ([to, on]) => ({ to, on }));
    });
    isEnd = firsts.map((first) => before.isEnd[first] as boolean);
  }
  return { transitions, isEnd };
}

/** The automaton of the texts that both have. */
export function product(one: CharacterAutomaton, other: CharacterAutomaton, place: string): CharacterAutomaton {
  const width = other.isEnd.length;
  const numbers = new Map<number, number>([[0, 0]]);
  const pairs = [0];
  const transitions: Transition[][] = [];
  for (let index = 0; index < pairs.length; index++) {
    const pair = pairs[index] as number;
    const own: Transition[] = [];
    for (const left of one.transitions[Math.floor(pair / width)] as readonly Transition[]) {
      for (const right of other.transitions[pair % width] as readonly Transition[]) {
        const on = intersection(left.on, right.on);
        if (on.length === 0) continue;
        const key = left.to * width + right.to;
        let to = numbers.get(key);
        if (to === undefined) numbers.set(key, (to = pairs.push(key) - 1));
        own.push({ to, on });
      }
    }
    if (pairs.length > limits.patternStates) throw tooLarge(place, `patterns and lengths need more than ${limits.patternStates} states together`);
    transitions.push(own);
  }
  return { transitions, isEnd: pairs.map((pair) => (one.isEnd[Math.floor(pair / width)] as boolean) && (other.isEnd[pair % width] as boolean)) };
}

/** Whether the text goes through, in time linear in it. */
export function accepts({ transitions, isEnd }: CharacterAutomaton, text: string): boolean {
  let states: ReadonlySet<number> = new Set([0]);
  for (const character of text) {
    const codePoint = character.codePointAt(0) as number;
    const next = new Set<number>();
    for (const state of states) {
      for (const { to, on } of transitions[state] as readonly Transition[]) if (on.some(([first, last]) => first <= codePoint && codePoint <= last)) next.add(to);
    }
    states = next;
  }
  return [...states].some((state) => isEnd[state] === true);
}

/** Whether no text goes through. */
export function isEmpty({ transitions, isEnd }: CharacterAutomaton): boolean {
  const reached = new Set([0]);
  for (const state of reached) {
    if (isEnd[state] === true) return false;
    for (const { to, on } of transitions[state] as readonly Transition[]) if (on.length > 0) reached.add(to);
  }
  return true;
}

/** The automaton of texts of so many characters. */
export function ofLength(minimum: number, maximum: number, place: string): CharacterAutomaton {
  const last = maximum === Infinity ? minimum : maximum;
  if (last >= limits.patternStates) throw tooLarge(place, `a length of ${last} together with a pattern`);
  const transitions = Array.from({ length: last + 1 }, (_, index): Transition[] => {
    if (index < last) return [{ to: index + 1, on: anyCodePoint }];
    return maximum === Infinity ? [{ to: index, on: anyCodePoint }] : [];
  });
  return { transitions, isEnd: transitions.map((_, index) => index >= minimum) };
}

/** The automaton of every text but those named. */
export function exceptFor(names: Iterable<string>): CharacterAutomaton {
  const children = [new Map<number, number>()];
  const named = new Set<number>();
  for (const name of names) {
    let state = 0;
    for (const character of name) {
      const codePoint = character.codePointAt(0) as number;
      const own = children[state] as Map<number, number>;
      const next = own.get(codePoint) ?? children.push(new Map()) - 1;
      own.set(codePoint, next);
      state = next;
    }
    named.add(state);
  }
  const elsewhere = children.length;
  const transitions = children.map((own): Transition[] => {
    const on = Array.from(own.keys(), (codePoint) => [codePoint, codePoint] as const).sort(([a], [b]) => a - b);
    return [...Array.from(own, ([codePoint, to]) => ({ to, on: [[codePoint, codePoint] as const] })), { to: elsewhere, on: complement(union(on)) }];
  });
  return { transitions: [...transitions, [{ to: elsewhere, on: anyCodePoint }]], isEnd: [...children.map((_, state) => !named.has(state)), true] };
}

/** The automaton as an expression over bytes, each character written as `encode` says. */
export function expressionOf({ transitions, isEnd }: CharacterAutomaton, encode: (set: CodePoints) => Expression): Expression {
  const known = new Map<string, Expression>();
  function label(set: CodePoints): Expression {
    const key = set.join();
    const expression = known.get(key) ?? encode(set);
    known.set(key, expression);
    return expression;
  }
  return {
    type: "graph",
    size: transitions.length,
    edges: transitions.flatMap((own, from) => own.filter(({ on }) => on.length > 0).map(({ to, on }) => ({ from, to, label: label(on) }))),
    start: 0,
    ends: isEnd.flatMap((ends, state) => (ends ? [state] : [])),
  };
}
