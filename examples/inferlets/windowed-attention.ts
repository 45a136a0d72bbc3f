/** How far back a model must look: how likely its own story is to it where each token sees only the last few, and the first ones. */
import { readFile } from "node:fs/promises";
import { Context, ForwardPass, logprobs, Model, perplexity, Probe, type RunLengths, Sampler, session } from "@iftk/inferlet";
import { openReference } from "@iftk/inferlet/reference";
import { inferlet } from "@iftk/inferlet/session";
import { type Example, runInferlet } from "./run-inferlet.js";

export interface Window {
  /** Tokens that each one sees, itself among them. */
  readonly last: number;
  /** Tokens at the beginning that all see beside those. */
  readonly first: number;
}

/** What each of so many tokens sees, as the lengths of runs that are hidden, seen, hidden, seen, hidden. */
export function windowed(length: number, { last, first }: Window): RunLengths[] {
  return Array.from({ length }, (_, row) => {
    const seen = Math.min(first, row + 1);
    const start = Math.max(seen, row + 1 - last);
    return [0, seen, start - seen, row + 1 - start, length - row - 1];
  });
}

/** How likely each token is after those before it, of which it is told what the attention lets through. */
export async function likelihoods(model: Model, tokens: readonly number[], attention?: readonly RunLengths[]): Promise<number[]> {
  using context = new Context(model);
  const pass = new ForwardPass(context, { tokens, attention });
  const { rows } = await pass.execute({ rows: { of: Probe.logits(), at: tokens.slice(1).map((_, row) => row) } });
  return rows.map((logits, row) => logprobs(logits, tokens[row + 1] as number).logprob);
}

export const windowedAttention: Example = {
  about: "Tells a story, and how perplexed the model is by it when it sees only a window of it. This takes the reference backend, which any mask suits.",
  input: { name: "text", value: "Tell me a story about a fox." },
  open: async (modelPath, signal) => openReference({ model: await readFile(modelPath), signal }),

  program: (input) =>
    inferlet(async () => {
      const model = await Model.load();
      using context = new Context(model).user(input).cue();
      const { length } = context;
      await session.send(`${await context.generateText(Sampler.greedy(), { maxTokens: 64 })}\n\n`);
      const { tokens } = context;
      const windows = [4, 16, tokens.length].flatMap((last) => [0, 4].map((first): Window => ({ last, first })));
      const perplexities: (Window & { readonly perplexity: number })[] = [];
      for (const window of windows) {
        const found = await likelihoods(model, tokens, windowed(tokens.length, window));
        perplexities.push({ ...window, perplexity: perplexity(found.slice(length - 1)) });
      }
      return perplexities;
    }),
};

await runInferlet(import.meta.url, windowedAttention);
