/** The tokens of a model: texts into tokens and back. */
import { StageError } from "@iftk/core";
import type { SpecialTokens } from "../backend.js";
import { characterBytes } from "./byte-characters.js";
import { BytePairEncoder } from "./byte-pair-encoder.js";
import type { GgufLists } from "../gguf/gguf-lists.js";
import type { TensorFile } from "./model-tensors.js";
import { corruptModel } from "./network-shape.js";
import { preTokenizers } from "./pre-tokenizer.js";

export const tokensKey = "tokenizer.ggml.tokens";
export const mergesKey = "tokenizer.ggml.merges";
export const tokenTypesKey = "tokenizer.ggml.token_type";

/** The types of tokens by the numbers that GGUF files give them. */
const normal = 1;
const unknown = 2;
const control = 3;
const userDefined = 4;

/** Tokens that llama.cpp knows by their texts to end a generation. */
const endTexts: ReadonlySet<string> = new Set([
  "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>", "<|calls|>", "<end_of_turn>", "<|endoftext|>", "<|eom_id|>", "<EOT>", "_<EOT>", "<|end_of_text|>", "<end_of_utterance>",
  "<|fim_pad|>", "<fim-pad>", "<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<|file_sep|>",
]);

/** Bytes of text that are tokenized at once at most, as it blocks the event loop. */
const longestText = 1024 * 1024;

const encoder = new TextEncoder();

export class Vocabulary {
  readonly size: number;
  readonly specialTokens: SpecialTokens;
  readonly #texts: readonly string[];
  readonly #types: readonly number[];
  readonly #ends: ReadonlySet<number>;
  /** Tokens that are found in a text as they are written, the longest first. */
  readonly #special: readonly number[];
  readonly #encoder: BytePairEncoder;
  readonly #longestText: number;

  /** @throws StageError `invalid_argument`, reason `corrupt`; `unimplemented`, reason `backend`, for another kind of tokenizer. */
  constructor({ values }: Pick<TensorFile, "values">, { strings, numbers }: GgufLists, contextSize: number) {
    const model = values.get("tokenizer.ggml.model")?.value;
    if (model !== "gpt2") throw new StageError("unimplemented", `model: its tokenizer is ${JSON.stringify(model ?? "missing")}; the reference backend has byte-level BPE ("gpt2"), llama.cpp others too`, { reason: "backend" });
    const pre = String(values.get("tokenizer.ggml.pre")?.value ?? "missing");
    const preTokenizer = preTokenizers.get(pre);
    if (preTokenizer === undefined) throw new StageError("unimplemented", `model: its tokenizer.ggml.pre is ${JSON.stringify(pre)}; the reference backend knows ${[...preTokenizers.keys()].join(", ")}, llama.cpp others too`, { reason: "backend" });

    const texts = strings.get(tokensKey) ?? [];
    const merges = strings.get(mergesKey);
    if (texts.length === 0 || merges === undefined) throw corruptModel(`${tokensKey} or ${mergesKey} is missing`);
    const types = numbers.get(tokenTypesKey) ?? texts.map(() => normal);
    if (types.length !== texts.length) throw corruptModel(`${tokenTypesKey} has ${types.length} entries for ${texts.length} tokens`);
    const tokens = new Map(texts.map((text, token) => [text, token]));
    if (tokens.size !== texts.length) throw corruptModel("two tokens of its vocabulary are the same");

    const idOf = (name: string): number | undefined => {
      const value = values.get(`tokenizer.ggml.${name}_token_id`)?.value;
      return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < texts.length ? value : undefined;
    };
    const textOf = (token: number | undefined): string => (token === undefined ? "" : (texts[token] ?? ""));
    this.size = texts.length;
    this.#longestText = Math.max(longestText, contextSize * 8);
    this.specialTokens = { begin: textOf(idOf("bos")), end: textOf(idOf("eos") ?? idOf("eot")) };
    this.#texts = texts;
    this.#types = texts.map((text, token) => (endTexts.has(text) ? control : (types[token] as number)));
    this.#ends = new Set([...["eos", "eot", "eom"].flatMap((name) => idOf(name) ?? []), ...[...endTexts].flatMap((text) => tokens.get(text) ?? [])]);
    const lengths = texts.map((text) => encoder.encode(text).length);
    this.#special = texts
      .flatMap((text, token) => (text !== "" && [unknown, control, userDefined].includes(this.#types[token] as number) ? [token] : []))
      .toSorted((one, other) => (lengths[other] as number) - (lengths[one] as number));
    this.#encoder = new BytePairEncoder(tokens, merges, preTokenizer);
  }

  tokenize(text: string, special: boolean): Int32Array {
    const wellFormed = text.toWellFormed();
    const bytes = encoder.encode(wellFormed).length;
    if (bytes > this.#longestText) {
      throw new StageError("invalid_argument", `tokenize: the text has ${bytes} bytes, at most ${this.#longestText} are taken; split it`, { reason: "too-large" });
    }
    const output: number[] = [];
    for (const part of this.#partsOf(wellFormed, special)) {
      if (typeof part === "number") output.push(part);
      else this.#encoder.encode(part, output);
    }
    return Int32Array.from(output);
  }

  bytes(token: number, special: boolean): Uint8Array {
    this.#check(token);
    const text = this.#texts[token] as string;
    const type = this.#types[token];
    if (type === userDefined || (special && (type === control || type === unknown))) return encoder.encode(text);
    return type === normal ? Uint8Array.from(Array.from(text).flatMap((character) => characterBytes.get(character) ?? [...encoder.encode(character)])) : new Uint8Array(0);
  }

  isEndOfGeneration(token: number): boolean {
    this.#check(token);
    return this.#ends.has(token);
  }

  /** Tokens that the author of the model defined are always taken out of a text, control tokens only when asked for. */
  #partsOf(text: string, special: boolean): readonly (string | number)[] {
    let parts: readonly (string | number)[] = text === "" ? [] : [text];
    for (const token of this.#special) {
      if (!special && this.#types[token] !== userDefined) continue;
      const separator = this.#texts[token] as string;
      if (!text.includes(separator)) continue;
      parts = parts.flatMap((part) => (typeof part === "number" ? [part] : part.split(separator).flatMap((piece, index) => [...(index > 0 ? [token] : []), ...(piece === "" ? [] : [piece])])));
    }
    return parts;
  }

  #check(token: number): void {
    if (Number.isInteger(token) && token >= 0 && token < this.size) return;
    throw new StageError("invalid_argument", `backend: ${String(token)} is not a token; they go from 0 to ${this.size - 1}`);
  }
}
