/** The tokens of a model as a tree of their bytes. */
import { StageError } from "@iftk/core";
import type { Backend } from "../backend.js";

/** What a table is made of: the bytes of each token, none for control tokens, and which tokens end a text. */
export interface TokenSource {
  readonly size: number;
  bytesOf(token: number): Uint8Array;
  isEnd(token: number): boolean;
}

/**
 * A vocabulary laid out for matching; it is made once for a model and serves any number of grammars.
 *
 * The nodes of the tree stand in depth-first order, so a subtree is a run of nodes, and the tokens of a
 * subtree are a run of `tokens`. Node 0 is the root. Tokens without bytes are in no node.
 */
export class TokenTable {
  /** Entries of the vocabulary. */
  readonly size: number;
  /** Tokens that end a text. */
  readonly endTokens: readonly number[];
  /** Bytes of the longest token. */
  readonly longest: number;
  /** The byte that leads to each node. */
  readonly byte: Uint8Array;
  /** The node after the subtree of each node. */
  readonly after: Uint32Array;
  /** Where the tokens of each node begin in `tokens`; those of its subtree end where the next subtree's begin. */
  readonly firstToken: Uint32Array;
  readonly tokens: Uint32Array;
  readonly #bytes: readonly Uint8Array[];

  /** @throws StageError `invalid_argument` when no token has bytes. */
  constructor({ size, bytesOf, isEnd }: TokenSource) {
    const all = Array.from({ length: size }, (_, token) => token);
    this.size = size;
    this.endTokens = all.filter(isEnd);
    this.#bytes = all.map((token) => (isEnd(token) ? new Uint8Array(0) : bytesOf(token)));
    const keys = this.#bytes.map(latin1);
    const sorted = all.filter((token) => keys[token] !== "").sort((a, b) => ((keys[a] as string) < (keys[b] as string) ? -1 : keys[a] === keys[b] ? a - b : 1));
    if (sorted.length === 0) throw new StageError("invalid_argument", "tokens: none has bytes");
    this.longest = this.#bytes.reduce((most, { length }) => Math.max(most, length), 0);
    this.tokens = Uint32Array.from(sorted);
    const tree = treeOf(sorted.map((token) => this.#bytes[token] as Uint8Array));
    this.byte = Uint8Array.from(tree.byte);
    this.after = Uint32Array.from(tree.after);
    this.firstToken = Uint32Array.from([...tree.firstToken, sorted.length]);
  }

  /** The table of a backend's vocabulary. */
  static of(backend: Pick<Backend, "vocabularySize" | "tokenBytes" | "isEndOfGeneration">): TokenTable {
    return new TokenTable({
      size: backend.vocabularySize,
      bytesOf: (token) => backend.tokenBytes(token),
      isEnd: (token) => backend.isEndOfGeneration(token),
    });
  }

  /** The bytes of a token; none when it ends a text or is a control token. */
  bytesOf(token: number): Uint8Array {
    const bytes = this.#bytes[token];
    if (bytes === undefined) throw new StageError("invalid_argument", `token: ${token} is none; they go from 0 to ${this.size - 1}`);
    return bytes;
  }

  /** The tokens that begin with these bytes and go on. */
  longerThan(bytes: Uint8Array): Uint32Array {
    let node = 0;
    for (const value of bytes) {
      const end = this.after[node] as number;
      let child = node + 1;
      while (child < end && this.byte[child] !== value) child = this.after[child] as number;
      if (child >= end) return new Uint32Array(0);
      node = child;
    }
    return this.tokens.subarray(this.firstToken[node + 1], this.firstToken[this.after[node] as number]);
  }
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const value of bytes) text += String.fromCharCode(value);
  return text;
}

/** The tree of sorted byte strings. */
function treeOf(strings: readonly Uint8Array[]): { byte: number[]; after: number[]; firstToken: number[] } {
  const byte = [0];
  const after = [0];
  const firstToken = [0];
  const path = [0];
  let previous = new Uint8Array(0);
  for (const [index, bytes] of strings.entries()) {
    let shared = 0;
    while (shared < previous.length && previous[shared] === bytes[shared]) shared++;
    for (const node of path.splice(shared + 1)) after[node] = byte.length;
    for (let at = shared; at < bytes.length; at++) {
      path.push(byte.push(bytes[at] as number) - 1);
      after.push(0);
      firstToken.push(index);
    }
    previous = Uint8Array.from(bytes);
  }
  for (const node of path) after[node] = byte.length;
  return { byte, after, firstToken };
}
