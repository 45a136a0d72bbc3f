/** Which tokens may come, found once for each state set. */
import type { Automaton, StateSet } from "./state-set.js";
import type { TokenTable } from "./token-table.js";

/** What is reached from a state set through a subtree of the tokens, whatever stack is below. */
export interface Reach {
  /** Tokens that stay inside the level or end just where it ends; a bit for each, or a list when they are few. */
  readonly bits: Uint32Array | undefined;
  readonly list: readonly number[];
  /** Nodes at which the level ends while a token goes on: what is below on the stack decides there. */
  readonly leaving: readonly number[];
}

interface Found {
  readonly tokens: number[];
  readonly leaving: Set<number>;
  /** Sets and nodes that were gone through, once more than one way may lead to them. */
  visited: Set<number> | undefined;
}

/** Bytes of answers that are kept; beyond, all are found anew. */
const mostBytes = 64 << 20;

/**
 * The answers of one automaton for one vocabulary.
 *
 * Tokens that do not depend on the stack are found once for each state set, the others where they leave
 * it, after XGrammar (Dong et al. 2024); here both are found as they are needed.
 */
export class MaskCache {
  readonly table: TokenTable;
  readonly #automaton: Automaton;
  readonly #answers = new Map<number, Reach>();
  readonly #twins = new WeakMap<StateSet, StateSet>();
  #bytes = 0;

  constructor(automaton: Automaton, table: TokenTable) {
    this.#automaton = automaton;
    this.table = table;
  }

  /** What is reached from the set through the tokens below a node. */
  reach(states: StateSet, node = 0): Reach {
    const set = this.#twin(states);
    const key = set.id * this.table.byte.length + node;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const found: Found = { tokens: [], leaving: new Set(), visited: undefined };
    this.#walk(set, node, found);
    const answer = this.#pack(found);
    this.#bytes += 200 + 8 * (answer.list.length + answer.leaving.length) + (answer.bits?.byteLength ?? 0);
    if (this.#bytes > mostBytes) {
      this.#answers.clear();
      this.#bytes = 0;
    }
    this.#answers.set(key, answer);
    return answer;
  }

  #twin(states: StateSet): StateSet {
    let twin = this.#twins.get(states);
    if (twin === undefined) this.#twins.set(states, (twin = this.#automaton.twin(states, this.table.longest)));
    return twin;
  }

  #walk(states: StateSet, node: number, found: Found): void {
    const { byte, after, firstToken, tokens } = this.table;
    if (found.visited !== undefined) {
      const key = states.id * byte.length + node;
      if (found.visited.has(key)) return;
      found.visited.add(key);
    }
    for (const { starts, returns } of states.calls) {
      const inner = this.reach(starts, node);
      if (inner.bits !== undefined) forEachBit(inner.bits, (token) => found.tokens.push(token));
      else for (const token of inner.list) found.tokens.push(token);
      if (inner.leaving.length > 0) found.visited ??= new Set();
      for (const leaving of inner.leaving) {
        if (returns.isEnd) found.leaving.add(leaving);
        this.#walk(returns, leaving, found);
      }
    }
    const end = after[node] as number;
    for (let child = node + 1; child < end; ) {
      const next = states.next(byte[child] as number);
      const following = after[child] as number;
      if (next !== null) {
        const last = firstToken[child + 1] as number;
        for (let index = firstToken[child] as number; index < last; index++) found.tokens.push(tokens[index] as number);
        if (following > child + 1) {
          if (next.isEnd) found.leaving.add(child);
          this.#walk(next, child, found);
        }
      }
      child = following;
    }
  }

  #pack({ tokens, leaving, visited }: Found): Reach {
    const { size } = this.table;
    if (tokens.length < size / 64) return { bits: undefined, list: visited === undefined ? tokens : [...new Set(tokens)], leaving: [...leaving] };
    const bits = new Uint32Array(Math.ceil(size / 32));
    for (const token of tokens) bits[token >> 5] = (bits[token >> 5] as number) | (1 << (token & 31));
    return { bits, list: [], leaving: [...leaving] };
  }
}

function forEachBit(bits: Uint32Array, visit: (token: number) => void): void {
  for (let index = 0; index < bits.length; index++) {
    for (let word = bits[index] as number; word !== 0; word &= word - 1) visit(index * 32 + 31 - Math.clz32(word & -word));
  }
}
