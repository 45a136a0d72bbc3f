/** What changes the logits before a token is picked. */
import { StageError } from "@iftk/core";
import type { SamplingStep } from "./sampler.js";

/**
 * Changes logits in place before the sampler sees them; -Infinity bans a token.
 *
 * Processors run in the order in which they are given, before temperature and all else that the sampler
 * does. They are the same for every generation: what one of them remembers, it remembers by `step.tokens`.
 */
export type LogitProcessor = (logits: Float32Array, step: SamplingStep) => void;

/** A bit per token, the lowest of the first word for token 0; set where the token may be picked. */
export type TokenMask = Int32Array | Uint32Array;

/**
 * Adds to the logits of some tokens; -Infinity bans one.
 *
 * @param biases by token; a number or -Infinity
 * @throws StageError `invalid_argument` for anything else, and when it meets a vocabulary without one of the tokens.
 */
export function logitBias(biases: ReadonlyMap<number, number> | Readonly<Record<number, number>>): LogitProcessor {
  const entries = isMap(biases) ? [...biases] : Object.entries(biases).map(([token, bias]): [number, number] => [Number(token), bias]);
  let highest = -1;
  for (const [token, bias] of entries) {
    if (!Number.isInteger(token) || token < 0) throw new StageError("invalid_argument", `logitBias: ${token} is not a token`);
    if (!(bias < Infinity)) throw new StageError("invalid_argument", `logitBias: expected a number or -Infinity for token ${token}, got ${bias}`);
    highest = Math.max(highest, token);
  }
  return function addBias(logits) {
    if (highest >= logits.length) throw new StageError("invalid_argument", `logitBias: ${highest} is not a token; they go from 0 to ${logits.length - 1}`);
    for (const [token, bias] of entries) logits[token] = (logits[token] as number) + bias;
  };
}

const isMap = (biases: ReadonlyMap<number, number> | Readonly<Record<number, number>>): biases is ReadonlyMap<number, number> => biases instanceof Map;

/**
 * Bans the tokens whose bits are not set, and those beyond the mask. Several masks leave what all of them allow.
 *
 * @param allowed the mask, which is read anew at each step; or what gives the mask of a step, undefined where
 * all may be picked
 */
export function mask(allowed: TokenMask | ((step: SamplingStep) => TokenMask | undefined)): LogitProcessor {
  return function applyMask(logits, step) {
    const bits = typeof allowed === "function" ? allowed(step) : allowed;
    if (bits !== undefined) banOthers(logits, bits);
  };
}

/** Bans the tokens whose bits are not set, and those beyond the mask; says whether a bit is set. */
export function banOthers(logits: Float32Array, bits: TokenMask): boolean {
  const words = Math.min(bits.length, Math.ceil(logits.length / 32));
  /** All before this token is done. */
  let done = 0;
  for (let word = 0; word < words; word++) {
    let banned = ~(bits[word] as number);
    if (banned === -1) continue;
    const start = word * 32;
    if (done < start) logits.fill(-Infinity, done, start);
    while (banned !== 0) {
      const bit = 31 - Math.clz32(banned);
      // Beyond the end of the array this writes nothing.
      logits[start + bit] = -Infinity;
      banned ^= 1 << bit;
    }
    done = start + 32;
  }
  logits.fill(-Infinity, done);
  return done > 0;
}

/** The mask of a vocabulary that allows these tokens. Throws StageError `invalid_argument` for what is no token of it. */
export function maskOf(vocabularySize: number, tokens: Iterable<number>): Int32Array {
  const bits = new Int32Array(Math.ceil(vocabularySize / 32));
  for (const token of tokens) {
    if (!Number.isInteger(token) || token < 0 || token >= vocabularySize) throw new StageError("invalid_argument", `maskOf: ${token} is not a token; they go from 0 to ${vocabularySize - 1}`);
    bits[token >> 5] = (bits[token >> 5] as number) | (1 << (token & 31));
  }
  return bits;
}
