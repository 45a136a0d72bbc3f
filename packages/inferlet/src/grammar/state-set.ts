/** The states that a text may be in, one level of the stack at a time, made deterministic as they are met. */
import type { Network, State } from "./network.js";

/** State sets that are remembered; beyond, all are forgotten and met anew. */
const mostSets = 1 << 16;

/** A rule that is called from a set: where it starts, and where its callers go on. */
export interface Call {
  readonly starts: StateSet;
  readonly returns: StateSet;
}

/** States of one level of the stack; equal sets are one object, unless memory was given back between them. */
export class StateSet {
  readonly id: number;
  readonly states: readonly number[];
  /** Whether the level may end here. */
  readonly isEnd: boolean;
  readonly #automaton: Automaton;
  #next: (StateSet | null | undefined)[] = [];
  #calls: readonly Call[] | undefined;
  #first: Uint8Array | undefined;

  constructor(automaton: Automaton, id: number, states: readonly number[]) {
    this.#automaton = automaton;
    this.id = id;
    this.states = states;
    this.isEnd = states.some((state) => automaton.stateOf(state).isEnd);
  }

  /** The states of this level after a byte. */
  next(byte: number): StateSet | null {
    const known = this.#next[byte];
    if (known !== undefined) return known;
    const targets: number[] = [];
    for (const state of this.states) {
      const { bytes } = this.#automaton.stateOf(state);
      for (let at = 0; at < bytes.length; at += 3) {
        if ((bytes[at] as number) <= byte && byte <= (bytes[at + 1] as number)) targets.push(bytes[at + 2] as number);
      }
    }
    const next = targets.length === 0 ? null : this.#automaton.set(targets);
    if (this.#next.length === 0) this.#next = Array.from({ length: 256 }, () => undefined);
    return (this.#next[byte] = next);
  }

  /** The calls from here; those that return to the same states are one. */
  get calls(): readonly Call[] {
    return (this.#calls ??= this.#findCalls());
  }

  #findCalls(): readonly Call[] {
    const targets = new Map<number, number[]>();
    for (const state of this.states) {
      const { calls } = this.#automaton.stateOf(state);
      for (let at = 0; at < calls.length; at += 2) {
        const start = calls[at] as number;
        const own = targets.get(start);
        if (own === undefined) targets.set(start, [calls[at + 1] as number]);
        else own.push(calls[at + 1] as number);
      }
    }
    const starts = new Map<StateSet, number[]>();
    for (const [start, own] of targets) {
      const returns = this.#automaton.set(own);
      const together = starts.get(returns);
      if (together === undefined) starts.set(returns, [start]);
      else together.push(start);
    }
    return Array.from(starts, ([returns, own]) => ({ returns, starts: this.#automaton.set(own) }));
  }

  /** For each byte, whether a text may go on with it here. */
  get first(): Uint8Array {
    if (this.#first !== undefined) return this.#first;
    const first = new Uint8Array(256);
    for (const state of this.states) {
      const { bytes } = this.#automaton.stateOf(state);
      for (let at = 0; at < bytes.length; at += 3) first.fill(1, bytes[at], (bytes[at + 1] as number) + 1);
    }
    for (const { starts } of this.calls) starts.first.forEach((value, byte) => (first[byte] = (first[byte] as number) | value));
    return (this.#first = first);
  }

  /** Lets go of the sets that it leads to. */
  forget(): void {
    this.#next = [];
    this.#calls = undefined;
  }
}

/** A network whose state sets are found as texts lead to them. */
export class Automaton {
  readonly start: StateSet;
  readonly #network: Network;
  readonly #sets = new Map<string, StateSet>();
  #count = 0;

  constructor(network: Network) {
    this.#network = network;
    this.start = this.set([network.start]);
  }

  stateOf(state: number): State {
    return this.#network.stateOf(state);
  }

  /** The set of states that come in any order, some perhaps twice. */
  set(states: readonly number[]): StateSet {
    const sorted = states.length === 1 ? states : [...new Set(states)].sort((a, b) => a - b);
    const key = sorted.join();
    let set = this.#sets.get(key);
    if (set === undefined) {
      if (this.#sets.size >= mostSets) this.#forget();
      this.#sets.set(key, (set = new StateSet(this, this.#count++, sorted)));
    }
    return set;
  }

  union(one: StateSet, other: StateSet): StateSet {
    return one === other ? one : this.set([...one.states, ...other.states]);
  }

  #forget(): void {
    for (const set of this.#sets.values()) set.forget();
    this.#sets.clear();
  }

  /**
   * A set that goes the same ways as this one for texts of up to `length` bytes.
   *
   * Copies of a repeated part do, where neither the fewest nor the most repetitions are within reach.
   */
  twin(set: StateSet, length: number): StateSet {
    const { copies } = this.#network;
    if (copies.length === 0) return set;
    const twins = set.states.map((state) => {
      let twin = state;
      for (const { first, stride, count, minimum, maximum } of copies) {
        const copy = Math.floor((twin - first) / stride);
        if (copy < 0 || copy >= count) continue;
        // What is still required, and what is still allowed, once this copy is through.
        const required = minimum - copy - 1;
        const allowed = maximum - copy - 1;
        if (allowed <= length || (required > 0 && required <= length)) continue;
        const back = required > 0 ? copy : copy - Math.max(0, minimum - 1);
        twin -= back * stride;
      }
      return twin;
    });
    return twins.every((twin, index) => twin === set.states[index]) ? set : this.set(twins);
  }
}
