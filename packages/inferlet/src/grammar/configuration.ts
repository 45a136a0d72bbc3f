/** Where a text stands in a grammar: state sets on stacks. */
import { StageError } from "@iftk/core";
import type { Automaton, StateSet } from "./state-set.js";

/** Levels that a stack may have. */
const deepest = 20_000;

/** Stacks that a text may be on at once. */
const most = 1_000;

/** What is below a level of the stack; equal frames are one object. */
export class Frame {
  readonly returns: StateSet | undefined;
  readonly below: Frame | undefined;
  readonly depth: number;
  readonly #above = new Map<StateSet, Frame>();

  /** With neither, it is the bottom. */
  constructor(returns?: StateSet, below?: Frame) {
    this.returns = returns;
    this.below = below;
    this.depth = below === undefined ? 0 : below.depth + 1;
    if (this.depth > deepest) throw new StageError("resource_exhausted", `matcher: the text nests deeper than ${deepest} levels`, { reason: "too-large" });
  }

  push(returns: StateSet): Frame {
    let above = this.#above.get(returns);
    if (above === undefined) {
      if (this.#above.size >= 64) this.#above.clear();
      this.#above.set(returns, (above = new Frame(returns, this)));
    }
    return above;
  }
}

export interface Thread {
  readonly states: StateSet;
  readonly frame: Frame;
}

/** The stacks that a text may be on, the deepest first; calls that have not read anything are not written out. */
export type Configuration = readonly Thread[];

/** The configuration after a byte; nothing when it cannot follow. */
export function step(automaton: Automaton, configuration: Configuration, byte: number): Configuration | undefined {
  const [only] = configuration as readonly [Thread, ...Thread[]];
  if (configuration.length === 1 && only.states.calls.length === 0) {
    const next = only.states.next(byte);
    if (next === null) return undefined;
    if (next === only.states && (!next.isEnd || only.frame.below === undefined)) return configuration;
    if (!next.isEnd || only.frame.below === undefined) return [{ states: next, frame: only.frame }];
  }
  const found = new Map<Frame, StateSet>();
  function add(frame: Frame, states: StateSet): void {
    const known = found.get(frame);
    found.set(frame, known === undefined ? states : automaton.union(known, states));
  }
  function advance(states: StateSet, frame: Frame): void {
    const next = states.next(byte);
    if (next !== null) add(frame, next);
    for (const { starts, returns } of states.calls) if (starts.first[byte] === 1) advance(starts, frame.push(returns));
  }
  for (const { states, frame } of configuration) advance(states, frame);
  if (found.size === 0) return undefined;

  const threads: Thread[] = [];
  while (found.size > 0) {
    let frame: Frame | undefined;
    for (const candidate of found.keys()) if (frame === undefined || candidate.depth > frame.depth) frame = candidate;
    const deepestFrame = frame as Frame;
    const states = found.get(deepestFrame) as StateSet;
    found.delete(deepestFrame);
    threads.push({ states, frame: deepestFrame });
    if (threads.length > most) throw new StageError("resource_exhausted", `matcher: the text can be read in more than ${most} ways; make the grammar less ambiguous`);
    if (states.isEnd && deepestFrame.below !== undefined) add(deepestFrame.below, deepestFrame.returns as StateSet);
  }
  return threads;
}

/** Whether the text may end here. */
export function isComplete(configuration: Configuration): boolean {
  return configuration.some(({ states, frame }) => frame.below === undefined && states.isEnd);
}

/** The byte that must follow, -1 when none may, nothing when there is a choice. */
export function onlyByte(configuration: Configuration): number | undefined {
  let only = -1;
  for (const { states } of configuration) {
    const { first } = states;
    for (let byte = 0; byte < 256; byte++) {
      if (first[byte] === 0 || byte === only) continue;
      if (only !== -1) return undefined;
      only = byte;
    }
  }
  return only;
}
