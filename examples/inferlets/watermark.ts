/** A mark that readers do not see and a count finds: A Watermark for Large Language Models (Kirchenbauer et al. 2023). */
import { Context, type LogitProcessor, Model, randomSource, Sampler, session } from "@iftk/inferlet";
import { inferlet } from "@iftk/inferlet/session";
import { type Example, runInferlet } from "./run-inferlet.js";

/** Whoever does not know it can neither make the mark nor find it. */
const key = 6_700_417;
const bias = 3;

/** The half of the vocabulary that is green after a token. */
function greenAfter(previous: number, vocabularySize: number): readonly boolean[] {
  const random = randomSource(key * 2 ** 20 + previous);
  return Array.from({ length: vocabularySize }, () => random() < 0.5);
}

const favourGreen: LogitProcessor = (logits, { tokens }) => {
  for (const [token, isGreen] of greenAfter(tokens.at(-1) ?? 0, logits.length).entries()) if (isGreen) logits[token] = (logits[token] as number) + bias;
};

/** By how many standard deviations there are more green tokens in the texts than chance gives. What repeats tells nothing new and counts once. */
export function zScore(texts: readonly (readonly number[])[], vocabularySize: number): number {
  const pairs = new Map(texts.flatMap((tokens) => tokens.slice(1).map((token, index) => [`${tokens[index]} ${token}`, [tokens[index] ?? 0, token] as const])));
  const green = [...pairs.values()].filter(([previous, token]) => greenAfter(previous, vocabularySize)[token]).length;
  return (green - pairs.size / 2) / Math.sqrt(pairs.size / 4);
}

export const watermark: Example = {
  about: "Writes stories with a watermark and without one, and tells them apart by their tokens alone.",
  input: { name: "text", value: "Tell me a story about a robot and a key." },

  program: (input) =>
    inferlet(async () => {
      const model = await Model.load();
      using context = new Context(model).user(input).cue();
      await context.flush();

      async function write(seed: number, processors: readonly LogitProcessor[]): Promise<readonly number[]> {
        using fork = context.fork();
        return await fork.generate(Sampler.multinomial(), { seed, processors, maxTokens: 160 }).tokens();
      }

      const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
      const marked = await Promise.all(seeds.map((seed) => write(seed, [favourGreen])));
      const plain = await Promise.all(seeds.map((seed) => write(seed, [])));
      for (const [first = []] of [marked, plain]) await session.send(`${model.tokenizer.decode(first)}\n\n`);
      return { marked: zScore(marked, model.tokenizer.size), plain: zScore(plain, model.tokenizer.size) };
    }),
};

await runInferlet(import.meta.url, watermark);
