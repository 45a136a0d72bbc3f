import { collect } from "@iftk/core";
import { type Backend, Context, Model, Sampler } from "@iftk/inferlet";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openLlama } from "./llama-backend.js";

let backend: Backend;
let model: Model;
beforeAll(async () => {
  backend = await openLlama({ modelPath: tinyModelPath, maximumSequences: 16 });
  model = Model.of(backend);
});
beforeEach(() => model.prefixCache.clear());
afterAll(() => backend.close());

const greedy = Sampler.greedy();
const forwarded = async (work: () => Promise<unknown>): Promise<number> => {
  const before = model.statistics.forwardedTokens;
  await work();
  return model.statistics.forwardedTokens - before;
};

test("the document's first program says something", async () => {
  using context = new Context(model);
  context.system("You are a helpful assistant.");
  context.user("Hello!");
  const text = await context.generateText(greedy);
  expect(text).toMatch(/[a-z]{2,}.*[.!?]$/su);
  expect(context.tokens).toEqual([...model.chatTemplate.render([{ role: "system", content: "You are a helpful assistant." }, { role: "user", content: "Hello!" }]).tokens, ...model.tokenizer.encode(text)]);
});

test("a conversation of many turns is as one that is told at once, and computes each token once", async () => {
  using context = new Context(model).system("Be brief.");
  let computed = 0;
  for (const question of ["Hello!", "What can you do?", "Thanks."]) {
    const cost = await forwarded(() => context.user(question).generateText(greedy));
    expect(cost).toBe(context.length - computed);
    computed = context.length;
  }
});

describe("tokens", () => {
  test("are those of a text and back, whatever it holds", () => {
    const { tokenizer } = model;
    for (const text of ["", "Hello, world!", "naïve café 🦊\n\n  two", "<|im_end|>"]) {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      expect(tokenizer.split(text).join("")).toBe(text);
    }
    expect(tokenizer.encode("<|im_end|>", { special: true }).length).toBe(1);
    expect([...tokenizer.vocabulary()].length).toBe(tokenizer.size);
    expect(tokenizer.table).toBe(tokenizer.table);
  });
});

describe("forks", () => {
  test("of one beginning share its past and differ by their seeds", async () => {
    using context = new Context(model).user("Tell me a story about a fox.").cue();
    await context.flush();
    const forks = [1, 2, 3, 4].map(() => context.fork());
    const { sequences } = backend.statistics;
    const cost = await forwarded(async () => {
      const texts = await Promise.all(forks.map((fork, seed) => fork.generateText(Sampler.topP(0.8), { maxTokens: 20, seed })));
      expect(new Set(texts).size).toBe(4);
    });
    expect([cost, sequences]).toEqual([4 * 20, 5]);
    for (const fork of forks) fork.release();
  });

  test("with the same seed say the same, alone and among others", async () => {
    using context = new Context(model).user("Tell me a story about a bear.").cue();
    const say = async (seed: number): Promise<string> => {
      using fork = context.fork();
      return await fork.generateText(Sampler.topP(0.7), { maxTokens: 24, seed });
    };
    const alone = await say(7);
    const [one] = await Promise.all([say(7), say(8), say(9)]);
    expect(one?.slice(0, 12)).toBe(alone.slice(0, 12));
  });
});

describe("what was computed", () => {
  test("is not computed again for a context that begins alike, nor for the same again", async () => {
    const prompt = "You are a careful assistant who answers in one sentence.";
    const ask = async (question: string): Promise<number> =>
      forwarded(async () => {
        using context = new Context(model).system(prompt).user(question);
        await context.flush();
      });
    const first = await ask("Hello!");
    const second = await ask("What is your name?");
    expect(second).toBeLessThan(first / 2);
    expect(await ask("What is your name?")).toBe(0);
    expect(model.statistics.reusedTokens).toBeGreaterThan(first / 2);
  });

  test("makes room when all sequences are needed", async () => {
    for (let index = 0; index < 8; index++) {
      using context = new Context(model, { fill: `${index} is a number.` });
      await context.flush();
    }
    expect(model.statistics.keptSequences).toBe(4);
    const contexts = Array.from({ length: 16 }, (_, index) => new Context(model, { fill: `Number ${index} is next.` }));
    await Promise.all(contexts.map(async (context) => context.flush()));
    expect([model.statistics.keptSequences, backend.statistics.sequences]).toEqual([0, 16]);
    await expect(new Context(model, { fill: "One too many.", name: "last" }).flush()).rejects.toMatchObject({ code: "resource_exhausted" });
    for (const context of [...contexts, Context.lookup(model, "last")]) context?.release();
  });

  test("comes back from a file", async () => {
    using context = new Context(model).system("Be brief.").user("Hello!");
    const text = await context.generateText(greedy);
    const saved = await context.save();
    using restored = await Context.restore(model, saved);
    const cost = await forwarded(async () => {
      const [one, other] = await Promise.all([context, restored].map(async (each) => each.user("Thanks.").generateText(greedy, { maxTokens: 8 })));
      expect(one).toBe(other);
    });
    expect(text.length).toBeGreaterThan(0);
    expect(cost).toBeLessThan(70);
  });
});

test("eight contexts share their passes", async () => {
  const contexts = Array.from({ length: 8 }, (_, index) => new Context(model).user(`Tell me a story about a ${["fox", "bear", "cat", "dog", "bird", "fish", "mouse", "frog"][index]}.`));
  const before = backend.statistics.decodes;
  const replies = await Promise.all(contexts.map(async (context) => context.generateText(Sampler.topP(0.7), { seed: 1, maxTokens: 30 })));
  expect(new Set(replies).size).toBe(8);
  expect(backend.statistics.decodes - before).toBeLessThan(8 * 30 / 4);
  for (const context of contexts) context.release();
});

test("what is said comes as events, and thinking is told apart", async () => {
  using context = new Context(model).user("What is 17 + 25?");
  const events = await collect(context.generate(greedy, { decode: true, reasoning: true }));
  expect(events.at(-1)).toMatchObject({ type: "done", reason: "end-token" });
  expect(events.filter(({ type }) => type === "done").length).toBe(1);
  const said = events.flatMap((event) => (event.type === "text" ? [event.text] : [])).join("");
  expect(events.at(-1)).toMatchObject({ text: said });
});
