/** Stories without end in a bounded context: its first and its last tokens stay, what lies between is forgotten (Xiao et al. 2023). */
import { Context, Model, Sampler, session } from "@iftk/inferlet";
import { inferlet } from "@iftk/inferlet/session";
import { type Example, runInferlet } from "./run-inferlet.js";

/** Models put the attention that they have no use for on the first tokens, so they fall apart without them. */
const sink = 4;
/** Tokens that the context may hold. */
export const bound = 256;
/** Tokens that are generated before room is made again. */
const stride = 32;

export const attentionSink: Example = {
  about: `Tells stories of six times the length of a context, which never holds more than ${bound} tokens and computes none of them twice.`,
  input: { name: "subjects", value: "a fox, a robot, a whale and a map" },

  program: (input) =>
    inferlet(async () => {
      const model = await Model.load();
      using context = new Context(model);
      const before = model.statistics.forwardedTokens;
      const subjects = input.split(/,\s*/);
      let [stories, generated, forgotten, longest] = [0, 0, 0, 0];
      let isOver = true;
      while (generated < 6 * bound) {
        if (isOver) context.user(`Tell me a story about ${subjects[stories++ % subjects.length]}.`);
        const excess = context.cue().length + stride - bound;
        if (excess > 0) {
          await context.discard(sink, sink + excess);
          forgotten += excess;
        }
        const { length } = context;
        const story = context.generate(Sampler.topP(), { maxTokens: stride });
        for await (const text of story.texts()) await session.send(text);
        isOver = story.end?.type !== "max-tokens";
        if (isOver) await session.send("\n\n");
        generated += context.length - length;
        longest = Math.max(longest, context.length);
      }
      return { stories, generated, forgotten, longest, held: context.length, forwarded: model.statistics.forwardedTokens - before };
    }),
};

await runInferlet(import.meta.url, attentionSink);
