/** Small models for tests. */
import { byteCharacters } from "../reference/byte-characters.js";
import { ggufWithValues } from "./gguf-with-values.js";

type Value = string | number | readonly string[] | readonly number[];

/** What a sample has in place of the ordinary. */
export interface SampleModelOptions {
  /** Values of the file by their keys; a whole number is written as one, any other as a float; `undefined` leaves the key out. */
  readonly values?: Readonly<Record<string, Value | undefined>> | undefined;
  /** Texts of the tokens after those of the 256 bytes. */
  readonly tokens?: readonly string[] | undefined;
  readonly merges?: readonly string[] | undefined;
  /** Whether the output has weights of its own. */
  readonly hasOutput?: boolean | undefined;
  /** Further vectors by their names. */
  readonly vectors?: Readonly<Record<string, readonly number[]>> | undefined;
}

const encoder = new TextEncoder();
const controls = ["<|im_start|>", "<|im_end|>"];

/** The GGUF file of a Llama model with weights as good as random, which says nothing of sense; the same for the same options. */
export function sampleModel({ values = {}, tokens = [], merges = [], hasOutput = false, vectors = {} }: SampleModelOptions = {}): Uint8Array<ArrayBuffer> {
  const texts = [...byteCharacters, ...controls, ...tokens];
  const all: Record<string, Value | undefined> = {
    "general.architecture": "llama",
    "general.name": "Sample",
    "llama.context_length": 512,
    "llama.embedding_length": 24,
    "llama.block_count": 2,
    "llama.feed_forward_length": 40,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "gpt-2",
    "tokenizer.ggml.tokens": texts,
    "tokenizer.ggml.token_type": texts.map((_, token) => (token >= 256 && token < 256 + controls.length ? 3 : 1)),
    "tokenizer.ggml.merges": merges.length > 0 ? merges : ["a b"],
    "tokenizer.ggml.eos_token_id": 257,
    ...values,
  };
  const number = (name: string): number => all[`llama.${name}`] as number;
  const width = number("embedding_length");
  const headWidth = width / number("attention.head_count");
  const keyWidth = headWidth * number("attention.head_count_kv");
  const feedForward = number("feed_forward_length");

  let seed = 0;
  const matrix = (name: string, columns: number, rows: number) => ({ name, shape: [columns, rows], data: noise(columns * rows, 1.5 / Math.sqrt(columns), ++seed) });
  const norm = (name: string) => ({ name, shape: [width], data: noise(width, 0.2, ++seed).map((value) => 1 + value) });
  const layers = Array.from({ length: number("block_count") }, (_, index) => {
    const name = (part: string): string => `blk.${index}.${part}.weight`;
    return [
      norm(name("attn_norm")),
      matrix(name("attn_q"), width, width),
      matrix(name("attn_k"), width, keyWidth),
      matrix(name("attn_v"), width, keyWidth),
      matrix(name("attn_output"), width, width),
      norm(name("ffn_norm")),
      matrix(name("ffn_gate"), width, feedForward),
      matrix(name("ffn_up"), width, feedForward),
      matrix(name("ffn_down"), feedForward, width),
    ];
  });
  return ggufWithValues(encodeValues(all), [
    matrix("token_embd.weight", width, texts.length),
    norm("output_norm.weight"),
    ...(hasOutput ? [matrix("output.weight", width, texts.length)] : []),
    ...Object.entries(vectors).map(([name, numbers]) => ({ name, shape: [numbers.length], data: Float32Array.from(numbers) })),
    ...layers.flat(),
  ]);
}

/** Numbers within the bound. */
function noise(length: number, bound: number, seed: number): Float32Array {
  let state = seed * 7919;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return bound * (state / 2 ** 31 - 1);
  });
}

function encodeValues(values: Readonly<Record<string, Value | undefined>>): Uint8Array {
  const entries = Object.entries(values).filter((entry): entry is [string, Value] => entry[1] !== undefined);
  const bytes: number[] = [...u64(entries.length)];
  for (const [key, value] of entries) {
    const isList = typeof value === "object";
    const type = isList ? (typeof value[0] === "string" ? 8 : 5) : typeOf(value);
    bytes.push(...text(key), ...u32(isList ? 9 : type));
    if (isList) bytes.push(...u32(type), ...u64(value.length));
    for (const element of isList ? value : [value]) bytes.push(...encode(element, type));
  }
  return Uint8Array.from(bytes);
}

/** GGUF's numbers of the types that are written: whole numbers without a sign and with one, and floats, of 32 bits, and strings. */
type ValueType = 4 | 5 | 6 | 8;

const typeOf = (value: string | number): ValueType => (typeof value === "string" ? 8 : Number.isInteger(value) ? 4 : 6);

function encode(value: string | number, type: ValueType): readonly number[] {
  if (typeof value === "string") return text(value);
  return type === 6 ? [...new Uint8Array(Float32Array.of(value).buffer)] : u32(value);
}

const u32 = (value: number): readonly number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];
const u64 = (value: number): readonly number[] => [...new Uint8Array(BigUint64Array.of(BigInt(value)).buffer)];

function text(value: string): readonly number[] {
  const bytes = encoder.encode(value);
  return [...u64(bytes.length), ...bytes];
}
