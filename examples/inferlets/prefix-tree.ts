/** Eight stories from a tree of prompts: what they begin with in common is computed once. */
import { Context, Model, Sampler, session } from "@iftk/inferlet";
import { inferlet } from "@iftk/inferlet/session";
import { type Example, runInferlet } from "./run-inferlet.js";

/** What a branch adds to the trunk that it grows from. */
type Branch = (context: Context) => unknown;

/** Each trunk is computed before its branches are forked off it, so they hold it without a pass of their own; gives the leaves. */
async function grow(trunk: Context, [level = [], ...above]: readonly (readonly Branch[])[]): Promise<Context[]> {
  const grown = level.map(async (add) => {
    const branch = trunk.fork();
    add(branch);
    await branch.flush();
    if (above.length === 0) return [branch];
    using inner = branch;
    return await grow(inner, above);
  });
  return (await Promise.all(grown)).flat();
}

async function finish(leaf: Context): Promise<string> {
  using context = leaf;
  const text = await context.generateText(Sampler.greedy(), { maxTokens: 24 });
  await session.send(`… ${text.trim().replace(/\s+/g, " ")} …\n`);
  return text;
}

export const prefixTree: Example = {
  about: "Tells each story in two voices and from two beginnings, and computes what the prompts have in common once.",
  input: { name: "subjects", value: "a fox and a key, a robot" },

  program: (input) =>
    inferlet(async () => {
      const model = await Model.load();
      using root = new Context(model);
      const { forwardedTokens: before } = model.statistics;
      const leaves = await grow(root, [
        ["You are a helpful assistant.", "You tell stories to children."].map((voice) => (context) => context.system(voice)),
        input.split(/,\s*/).map((subject) => (context) => context.user(`Tell me a story about ${subject}.`)),
        ["Once upon a time", "One morning"].map((beginning) => (context) => context.cue().fill(beginning)),
      ]);
      const promptTokens = leaves.reduce((sum, { length }) => sum + length, 0);
      const forwardedTokens = model.statistics.forwardedTokens - before;
      const stories = await Promise.all(leaves.map(finish));
      return { stories: stories.length, promptTokens, forwardedTokens };
    }),
};

await runInferlet(import.meta.url, prefixTree);
