import { collect } from "@iftk/core";
import { stageLaws } from "@iftk/testing";
import { afterEach, describe, expect, test } from "vitest";
import { Grammar } from "../grammar/grammar.js";
import { Model } from "../model/model.js";
import { Sampler } from "../sampling/sampler.js";
import { ScriptedBackend } from "../scripted-backend.js";
import { completion } from "./completion.js";
import { Context } from "./context.js";

const greedy = Sampler.greedy();
const textOf = (context: Context): string => context.model.tokenizer.decode(context.tokens, { special: true });

/** Answers what the user said last, in capitals. */
const echo = (prompt: string): string => /user\n([^<]*)<\|im_end\|>\n<\|im_start\|>assistant\n$/u.exec(prompt)?.[1]?.toUpperCase() ?? "no question";
const contextWith = (reply: string | ((prompt: string) => string) = echo, options: ConstructorParameters<typeof Context>[1] = {}): Context => {
  const context = new Context(new ScriptedBackend({ reply }), options);
  return tracked(context);
};
/** The context, released when the test is over. */
const tracked = (context: Context): Context => {
  open.push(context);
  return context;
};
const open: Context[] = [];
afterEach(() => {
  const models = open.splice(0).map((context) => {
    context.release();
    return context.model;
  });
  for (const { prefixCache, backend } of models) {
    prefixCache.clear();
    const { sequences, pending } = backend.statistics;
    if (sequences + pending > 0) throw new Error(`${sequences} sequences and ${pending} passes were left`);
  }
});

describe("a conversation", () => {
  test("is written with the template of the model, and the reply becomes part of it", async () => {
    const context = contextWith().system("Be loud.").user("hello");
    expect(await context.generateText(greedy)).toBe("HELLO");
    expect(textOf(context)).toBe("<|im_start|>system\nBe loud.<|im_end|>\n<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\nHELLO");
    expect(await context.user("bye").generateText(greedy)).toBe("BYE");
    expect(textOf(context).slice(-82)).toBe("assistant\nHELLO<|im_end|>\n<|im_start|>user\nbye<|im_end|>\n<|im_start|>assistant\nBYE");
  });

  test("is told to the model once: what was computed is not computed again", async () => {
    const context = contextWith().user("hello");
    await context.generateText(greedy);
    const before = context.model.statistics.forwardedTokens;
    const { length } = context;
    await context.user("bye").generateText(greedy);
    expect(context.model.statistics.forwardedTokens - before).toBe(context.length - length);
  });

  test("repeats what the assistant said earlier, and takes a text as it is", () => {
    const context = contextWith().user("a").assistant("b").user("c").cue().fill("<|im_end|>");
    expect(textOf(context)).toBe("<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb<|im_end|>\n<|im_start|>user\nc<|im_end|>\n<|im_start|>assistant\n<|im_end|>");
    expect([...context.tokens].filter((token) => token > 255).length).toBe(7);
  });

  test("is written all at once where the template needs it so", async () => {
    const template = "{% if messages[0].role == 'system' %}{% if messages | length < 2 %}{{ raise_exception('no user') }}{% endif %}{% endif %}{% for m in messages %}[{{ m.role }} {{ m.content }}]{% endfor %}{% if add_generation_prompt %}[assistant {% endif %}";
    const backend = new ScriptedBackend({ reply: "yes", chatTemplate: template });
    using context = new Context(backend).system("s").user("u");
    expect(await context.generateText(greedy)).toBe("yes");
    expect(textOf(context.user("v").cue())).toBe("[system s][user u][assistant yes][user v][assistant ");
  });

  test("is refused where the template writes earlier turns anew", () => {
    const backend = new ScriptedBackend({ reply: "", chatTemplate: "{% for m in messages[::-1] %}{{ m.content }}{% endfor %}" });
    using context = new Context(backend).user("a").fill("");
    context.user("b");
    expect(() => context.tokens).toThrow(expect.objectContaining({ code: "failed_precondition" }));
  });

  test("begins with the tools that it is equipped with and goes on with what they gave", async () => {
    const weather = { name: "weather", description: "Tells it.", parameters: { type: "object", properties: { city: { type: "string" } } } };
    const reply = (prompt: string): string => (prompt.includes("<tool_response>") ? "It is 7 degrees." : '<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>');
    const context = contextWith(reply).equipTools([JSON.stringify(weather)]).user("How is Oslo?");
    const events = await collect(context.generate(greedy, { decode: true }));
    expect(events.find(({ type }) => type === "tool-call")).toEqual({ type: "tool-call", name: "weather", arguments: { city: "Oslo" } });
    const answered = await collect(context.answerTool("weather", { degrees: 7 }).generate(greedy, { decode: true }));
    expect(answered.at(-1)).toEqual({ type: "done", text: "It is 7 degrees.", reason: "end-token" });
    expect(textOf(context)).toContain('<tool_response>\n{"degrees":7}\n</tool_response>');
    expect(() => context.equipTools([weather])).toThrow(expect.objectContaining({ code: "failed_precondition" }));
    expect(() => contextWith().equipTools(["{}"])).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});

describe("a generation", () => {
  test("is read as tokens, as pieces of text, as text or as events", async () => {
    const one = contextWith("<think>hm</think>I see.");
    expect((await tracked(one.fork()).fill("x").generate(greedy).tokens()).length).toBe("hm".length + "I see.".length + 2);
    expect((await collect(tracked(one.fork()).fill("x").generate(greedy).texts())).join("")).toBe("hmI see.");
    expect(await collect(tracked(one.fork()).fill("x").generate(greedy, { decode: true }))).toMatchObject([
      { type: "thinking" }, { type: "thinking" }, { type: "thinking-done", text: "hm" }, ..."I see.".split("").map((text) => ({ type: "text", text })), { type: "done", text: "I see." },
    ]);
  });

  test("ends at a stop text that spans tokens, and tells it", async () => {
    const context = contextWith("one, two, three");
    const stream = context.fill("count").generate(greedy, { stop: ["two,"] });
    expect(await stream.text()).toBe("one, ");
    expect(stream.end).toEqual({ type: "stop-text", text: "two," });
    expect(await collect(contextWith("one, two, three").fill("count").generate(greedy, { decode: true, stop: ["two,"] }))).toContainEqual({ type: "done", text: "one, ", reason: "stop-text" });
  });

  test("that is left, aborted or limited leaves the context where it stands, and can be gone on with", async () => {
    const context = contextWith("abcdef").fill("x");
    for await (const token of context.generate(greedy)) if (token === 98) break;
    expect(textOf(context)).toBe("xab");
    expect(await context.generateText(greedy, { maxTokens: 2 })).toBe("cd");
    const controller = new AbortController();
    const reason = new Error("enough");
    await expect((async () => {
      for await (const _ of context.generate(greedy, { signal: controller.signal })) controller.abort(reason);
    })()).rejects.toBe(reason);
    expect(textOf(context)).toBe("xabcde");
    expect(await context.generateText(greedy)).toBe("f");
  });

  test("is held to grammars", async () => {
    const context = contextWith("").fill("x");
    expect(await context.generateText(greedy, { constrain: Grammar.fromRegex("a+b{3}"), maxTokens: 8 })).toMatch(/^a+b*$/u);
  });

  test("is read once, and one at a time", async () => {
    const context = contextWith("abc").fill("x");
    const stream = context.generate(greedy);
    const reading = stream[Symbol.asyncIterator]();
    await reading.next();
    expect(() => context.fill("y")).toThrow(expect.objectContaining({ code: "failed_precondition" }));
    expect(tracked(context.fork()).tokens).toEqual([120, 97]);
    await reading.return(undefined);
    await expect(stream.tokens()).rejects.toMatchObject({ code: "failed_precondition" });
    await expect(contextWith().generateText()).rejects.toMatchObject({ code: "failed_precondition" });
  });

  test("ends when the context is released", async () => {
    const context = contextWith("abc").fill("x");
    const reading = context.generate(greedy)[Symbol.asyncIterator]();
    await reading.next();
    context.release();
    context.release();
    await expect(reading.next()).rejects.toMatchObject({ code: expect.stringMatching(/canceled|failed_precondition/u) });
    expect(() => context.tokens).toThrow(expect.objectContaining({ code: "failed_precondition" }));
  });
});

describe("contexts of a model", () => {
  test("have names by which they are found", () => {
    const context = contextWith("", { name: "first" });
    const { model } = context;
    expect(Context.lookup(model.backend, "first")).toBe(context);
    expect(context.fork("second").name).toBe("second");
    expect(() => context.fork("second")).toThrow(expect.objectContaining({ reason: "exists" }));
    Context.lookup(model, "second")?.release();
    expect(Context.lookup(model, "second")).toBeUndefined();
    expect(Model.of(model.backend)).toBe(model);
  });

  test("go their own ways from a fork", async () => {
    const context = contextWith((prompt) => prompt.toUpperCase()).fill("a");
    await context.flush();
    const [one, other] = [tracked(context.fork()), tracked(context.fork())];
    expect(await Promise.all([one.fill("bc").generateText(greedy), other.fill("de").generateText(greedy)])).toEqual(["ABC", "ADE"]);
    expect(textOf(context)).toBe("a");
  });

  test("that begin as another did compute only the rest", async () => {
    const context = contextWith().fill("a long beginning, and more");
    await context.flush();
    const { model } = context;
    context.release();
    const before = model.statistics.forwardedTokens;
    await tracked(new Context(model, { fill: "a long beginning, and less" })).flush();
    expect(model.statistics).toMatchObject({ reusedTokens: 22, forwardedTokens: before + 3 });
  });

  test("are cut, saved and restored", async () => {
    const context = contextWith().user("hello");
    await context.generateText(greedy);
    const saved = await context.seal().save();
    const restored = tracked(await Context.restore(context.model, saved));
    expect(textOf(restored)).toBe(textOf(context));
    expect(await restored.user("again").generateText(greedy)).toBe("AGAIN");
    const cut = context.truncate(20);
    expect([cut.length, textOf(cut)]).toEqual([20, "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assist"]);
  });
});

let model = new ScriptedBackend({ reply: "I hear." });
stageLaws("a completion", {
  stage: () => completion({ model: (model = new ScriptedBackend({ reply: "I hear." })), sampler: greedy }),
  hanging: () => {
    model = new ScriptedBackend({ reply: "I hear." });
    model.hang();
    return completion({ model, sampler: greedy });
  },
  input: ["hello"],
  output: [..."I hear."],
  isReleased: () => model.statistics.pending === 0 && model.statistics.sequences === Model.of(model).statistics.keptSequences,
});

test("a completion as events gives its sequence back however it ends", async () => {
  const stage = completion<number>({ model, sampler: greedy, decode: true, prepare: (context, count) => void context.user("ha".repeat(count)) });
  const events = await collect(stage(3));
  expect(events.at(-1)).toEqual({ type: "done", text: "I hear.", reason: "end-token" });
  for await (const _ of stage(4)) break;
  expect(model.statistics.sequences).toBe(Model.of(model).statistics.keptSequences);
});

test("a saved context that is damaged, cut or of another model is refused, and nothing is left open", async () => {
  const context = contextWith().user("hello").fill("more");
  await context.flush();
  const saved = await context.save();
  const { model } = context;
  const sequences = model.backend.statistics.sequences;
  const head = new TextDecoder("latin1").decode(saved).indexOf('{"model"');
  for (const damaged of [saved.subarray(0, 5), saved.subarray(0, saved.length - 1), saved.with(head + 1, 0), saved.with(saved.length - 1, (saved.at(-1) as number) ^ 1), new Uint8Array(0)]) {
    await expect(Context.restore(model, damaged, { name: "damaged" })).rejects.toMatchObject({ code: "invalid_argument", reason: "state" });
  }
  expect(model.backend.statistics.sequences).toBe(sequences);
  expect(Context.lookup(model, "damaged")).toBeUndefined();
});

test("samplers see all that the context holds", async () => {
  const seen: number[] = [];
  const context = contextWith("ab").fill("xyz");
  await context.flush();
  await context.generateText((logits, { tokens }) => {
    seen.push(tokens.length);
    return logits.indexOf(40);
  });
  expect(seen[0]).toBe(3);
});
