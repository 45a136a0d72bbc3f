/** The tokens of a model, as threads share them. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { StageError } from "@iftk/core";
import type { Backend } from "../backend.js";

/** Pieces of tokens one after another, and where each begins; the last number is where they end. */
interface Pieces {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly begins: Uint32Array<SharedArrayBuffer>;
}

/** What is known of each token; its memory is shared by all threads. */
export interface VocabularyTable {
  readonly size: number;
  readonly plain: Pieces;
  /** With the texts of control tokens. */
  readonly special: Pieces;
  /** Not 0 for tokens that end a generation. */
  readonly ends: Uint8Array<SharedArrayBuffer>;
}

/** Tokens that are read in one turn of the event loop. */
const tokensPerTurn = 1024;

const tables = new WeakMap<Backend, Promise<VocabularyTable>>();

/** The table of a backend, made once and without holding up the event loop. */
export function tableOf(backend: Backend): Promise<VocabularyTable> {
  let table = tables.get(backend);
  if (!table) {
    table = makeTable(backend);
    tables.set(backend, table);
    table.catch(() => tables.delete(backend));
  }
  return table;
}

async function makeTable(backend: Backend): Promise<VocabularyTable> {
  const size = backend.vocabularySize;
  const plain: Uint8Array[] = [];
  const special: Uint8Array[] = [];
  const ends = new Uint8Array(new SharedArrayBuffer(size));
  for (let token = 0; token < size; token++) {
    if (token % tokensPerTurn === tokensPerTurn - 1) await nextTurn();
    plain.push(backend.tokenBytes(token));
    special.push(backend.tokenBytes(token, { special: true }));
    ends[token] = Number(backend.isEndOfGeneration(token));
  }
  return { size, plain: joined(plain), special: joined(special), ends };
}

function joined(pieces: readonly Uint8Array[]): Pieces {
  const begins = new Uint32Array(new SharedArrayBuffer((pieces.length + 1) * Uint32Array.BYTES_PER_ELEMENT));
  let end = 0;
  for (const [token, { length }] of pieces.entries()) begins[token + 1] = end += length;
  const bytes = new Uint8Array(new SharedArrayBuffer(end));
  for (const [token, piece] of pieces.entries()) bytes.set(piece, begins[token]);
  return { bytes, begins };
}

/** Reads a table. Bytes are the reader's own, as a decoder may refuse shared memory. */
export class TableReader {
  readonly #table: VocabularyTable;
  readonly #plain: (Uint8Array | undefined)[] = [];
  readonly #special: (Uint8Array | undefined)[] = [];

  constructor(table: VocabularyTable) {
    this.#table = table;
  }

  tokenBytes(token: number, { special = false }: { readonly special?: boolean } = {}): Uint8Array {
    this.#check(token);
    const { bytes, begins } = special ? this.#table.special : this.#table.plain;
    return ((special ? this.#special : this.#plain)[token] ??= new Uint8Array(bytes.subarray(begins[token], begins[token + 1])));
  }

  isEndOfGeneration(token: number): boolean {
    this.#check(token);
    return this.#table.ends[token] !== 0;
  }

  #check(token: number): void {
    if (Number.isInteger(token) && token >= 0 && token < this.#table.size) return;
    throw new StageError("invalid_argument", `backend: ${String(token)} is not a token; they go from 0 to ${this.#table.size - 1}`);
  }
}
