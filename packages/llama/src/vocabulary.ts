/** The tokens of a model: texts into tokens and back. */
import { StageError } from "@iftk/core";
import type { SpecialTokens } from "@iftk/inferlet";
import type { Pointer } from "./layout.js";
import type { LlamaLibrary } from "./library.js";
import type { ModelFile } from "./model-file.js";

/** Bytes of text that are tokenized at once at most, as it blocks the event loop: about 0.15 s for a mebibyte. */
const longestText = 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Vocabulary {
  readonly size: number;
  readonly specialTokens: SpecialTokens;
  readonly #library: LlamaLibrary;
  readonly #handle: Pointer;
  readonly #longestText: number;
  readonly #pieces: (Uint8Array | undefined)[] = [];
  readonly #piecesWithSpecial: (Uint8Array | undefined)[] = [];

  constructor(library: LlamaLibrary, model: Pointer, { hasBeginToken, hasEndToken }: ModelFile, contextSize: number) {
    this.#library = library;
    this.#handle = library.modelGetVocab(model);
    this.#longestText = Math.max(longestText, contextSize * 8);
    this.size = library.vocabNTokens(this.#handle);
    const textOf = (token: number): string => (token >= 0 && token < this.size ? decoder.decode(this.bytes(token, true)) : "");
    this.specialTokens = {
      begin: hasBeginToken ? textOf(library.vocabBos(this.#handle)) : "",
      end: hasEndToken ? textOf(library.vocabEos(this.#handle)) : textOf(library.vocabEot(this.#handle)),
    };
  }

  tokenize(text: string, special: boolean): Int32Array {
    const bytes = encoder.encode(text);
    if (bytes.length > this.#longestText) {
      throw new StageError("invalid_argument", `tokenize: the text has ${bytes.length} bytes, at most ${this.#longestText} are taken; split it`, { reason: "too-large" });
    }
    if (bytes.length === 0) return new Int32Array(0);
    // A token stands for a byte at least, save the space that some models put before a text.
    const tokens = new Int32Array(bytes.length + 8);
    const count = this.#library.tokenize(this.#handle, bytes, bytes.length, tokens, tokens.length, false, special);
    if (count >= 0) return tokens.slice(0, count);
    if (count === -(2 ** 31)) throw new StageError("internal", "tokenize: the text has too many tokens");
    const more = new Int32Array(-count);
    return more.slice(0, Math.max(0, this.#library.tokenize(this.#handle, bytes, bytes.length, more, more.length, false, special)));
  }

  bytes(token: number, special: boolean): Uint8Array {
    this.#check(token);
    const pieces = special ? this.#piecesWithSpecial : this.#pieces;
    return (pieces[token] ??= this.#read(token, special));
  }

  isEndOfGeneration(token: number): boolean {
    this.#check(token);
    return this.#library.vocabIsEog(this.#handle, token);
  }

  #read(token: number, special: boolean): Uint8Array {
    let piece = new Uint8Array(256);
    let length = this.#library.tokenToPiece(this.#handle, token, piece, piece.length, 0, special);
    if (length < 0) {
      piece = new Uint8Array(-length);
      length = this.#library.tokenToPiece(this.#handle, token, piece, piece.length, 0, special);
    }
    return piece.slice(0, Math.max(0, length));
  }

  #check(token: number): void {
    if (Number.isInteger(token) && token >= 0 && token < this.size) return;
    throw new StageError("invalid_argument", `backend: ${String(token)} is not a token; they go from 0 to ${this.size - 1}`);
  }
}
