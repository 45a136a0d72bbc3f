/** Wear: many generations at once, whose sequences are opened, forked, cut short and released at random. */
import type { Backend, Sequence } from "./backend.js";
import { generate } from "./generate.js";
import { randomSource } from "./sampling/random.js";
import { Sampler } from "./sampling/sampler.js";

export interface ChurnOptions {
  /** Tokens to generate, all sequences together; a few more may come. */
  readonly tokens: number;
  /** A non-negative safe integer that repeats what is done. */
  readonly seed: number;
  /** Generations that run at once, each with at most one fork; half the backend's sequences by default. */
  readonly lanes?: number | undefined;
}

/** What was done. */
export interface Churned {
  readonly tokens: number;
  /** Generations, those of forks among them. */
  readonly generations: number;
  readonly forks: number;
  /** Generations that were aborted while a pass ran. */
  readonly aborted: number;
  /** Generations that their consumer left. */
  readonly left: number;
}

const longestPrompt = 4;
const longestText = 32;
const aborts = new Error("aborted by the churn");
const samplers = [Sampler.greedy(), Sampler.topP(1.5), Sampler.topK(), Sampler.multinomial(2)];

/**
 * Generates so many tokens and keeps no sequence; what fails that was not aborted here is thrown.
 *
 * Each lane opens a sequence, generates from a random prompt, mostly forks it on the way and goes on with
 * both at once. One generation of sixteen is aborted inside a pass, and one is left between two tokens.
 */
export async function churn(backend: Backend, { tokens, seed, lanes = backend.maximumSequences >> 1 }: ChurnOptions): Promise<Churned> {
  const done = { tokens: 0, generations: 0, forks: 0, aborted: 0, left: 0 };

  async function runLane(lane: number): Promise<void> {
    const random = randomSource(seed + lane);
    const below = (limit: number): number => Math.floor(random() * limit);

    async function grow(sequence: Sequence, prompt: readonly number[], isFork: boolean): Promise<void> {
      const abort = new AbortController();
      const sampler = samplers[below(samplers.length)] ?? Sampler.greedy();
      const generation = generate(backend, sequence, prompt, { sampler, seed: below(1e9), maxTokens: 1 + below(longestText), signal: abort.signal });
      const forkAt = isFork ? -1 : below(longestText);
      const abortAt = below(16) === 0 ? below(longestText) : -1;
      const leaveAt = below(16) === 0 ? below(longestText) : -1;
      let fork: Promise<void> | undefined;
      done.generations++;
      try {
        for (let at = 0; done.tokens < tokens; at++) {
          const next = generation.next();
          if (at === abortAt) setTimeout(() => abort.abort(aborts));
          const { done: isOver, value } = await next;
          if (isOver) break;
          done.tokens++;
          if (at === forkAt) {
            done.forks++;
            fork = grow(sequence.fork(), [value], true);
          }
          if (at !== leaveAt) continue;
          done.left++;
          break;
        }
      } catch (error) {
        if (error !== aborts) throw error;
        done.aborted++;
      } finally {
        await generation.return({ type: "max-tokens" });
        sequence.release();
        await fork;
      }
    }

    while (done.tokens < tokens) {
      const prompt = Array.from({ length: 1 + below(longestPrompt) }, () => below(backend.vocabularySize));
      await grow(backend.openSequence(), prompt, false);
    }
  }

  await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)));
  return done;
}
