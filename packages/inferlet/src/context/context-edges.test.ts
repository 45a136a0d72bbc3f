import { collect } from "@iftk/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Sequence } from "../backend.js";
import { Model } from "../model/model.js";
import { Sampler } from "../sampling/sampler.js";
import { ScriptedBackend } from "../scripted-backend.js";
import { Context } from "./context.js";

const greedy = Sampler.greedy();
const textOf = (context: Context): string => context.model.tokenizer.decode(context.tokens, { special: true });
const backendOf = (reply = "abcdef", contextSize = 4096): ScriptedBackend => new ScriptedBackend({ reply, contextSize });

/** The tokens that a scripted sequence holds, whoever says otherwise. */
async function heldBy(sequence: Sequence): Promise<readonly number[]> {
  const state = JSON.parse(new TextDecoder().decode((await sequence.save()).subarray(4))) as { readonly tokens: readonly number[] };
  return state.tokens;
}

describe("what others share is what they say", () => {
  const check = async (context: Context): Promise<void> => {
    using other = new Context(context.model, { fill: [...context.tokens, 98] });
    await other.flush();
    const held = await heldBy(other.sequence);
    expect(held).toEqual(other.tokens.slice(0, held.length));
  };

  test("while tokens are discarded nobody takes or forks the sequence", async () => {
    using context = new Context(backendOf(), { fill: "0123456789" });
    await context.flush();
    const discarding = context.discard(0, 4);
    const checking = check(context);
    expect(() => context.fork()).toThrow(expect.objectContaining({ code: "failed_precondition" }));
    await Promise.all([discarding, checking]);
    await check(context);
  });

  test("and what was computed with an adapter, or by hand, is not shared", async () => {
    const backend = backendOf();
    const adapter = await backend.loadAdapter({ bytes: new Uint8Array(3) });
    const before = [{ adapters: [{ adapter, scale: 1 }] }, {}].map((options) => new Context(backend, { fill: "abc", ...options }));
    await before[0]?.flush();
    await before[1]?.generate(greedy, { maxTokens: 1, adapters: [{ adapter, scale: 1 }] }).tokens();
    for (const each of before) each.release();
    using byHand = new Context(backend, { fill: "abc" });
    await byHand.sequence.forward([97, 98, 99]);
    using other = new Context(backend, { fill: "abcd" });
    await other.flush();
    expect(other.model.statistics).toMatchObject({ reusedTokens: 0, keptSequences: 0 });
  });

  test("after anything that contexts do, aborted, drafted, paused or by hand, and no sequence is lost", async () => {
    const fill = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 5 });
    const act = fc.constantFrom("fill", "flush", "generate", "drafted", "paused", "truncate", "discard", "fork", "release", "new", "restore", "hand", "adapter", "failed");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(2), act, fc.nat(6), fill), { maxLength: 24 }), async (acts) => {
        const logits = (tokens: readonly number[]): Float32Array => new Float32Array(260).fill(9, 97 + (tokens.length & 1), 98 + (tokens.length & 1));
        const backend = new ScriptedBackend({ reply: "", maximumSequences: 8, logits });
        const adapter = await backend.loadAdapter({ bytes: new Uint8Array(3) });
        const speculator = { draft: (): readonly number[] => [97, 98, 97] };
        const contexts = [new Context(backend, { fill: "ab" })];
        const run: Record<string, (context: Context, count: number, text: string, index: number) => unknown> = {
          fill: (context, _count, text) => context.fill(text),
          flush: async (context) => context.flush(),
          generate: async (context, maxTokens) => context.generate(greedy, { maxTokens }).tokens(),
          drafted: async (context, maxTokens) => context.generate(greedy, { maxTokens, speculator }).tokens(),
          paused: async (context) => {
            const reading = context.generate(greedy, { speculator })[Symbol.asyncIterator]();
            await reading.next();
            using fork = context.fork().fill("bb");
            await Promise.all([fork.flush(), check(context)]);
            await check(fork);
            await reading.return(undefined);
          },
          truncate: (context, length) => context.truncate(Math.min(length, context.length)),
          discard: async (context, start) => context.discard(Math.min(start, context.length), Math.min(start + 2, context.length)),
          fork: (context) => contexts.length < 3 && contexts.push(context.fork()),
          release: (context, _count, _text, index) => contexts.length > 1 && contexts.splice(index, 1) && context.release(),
          new: (context, _count, text) => contexts.length < 3 && contexts.push(new Context(context.model, { fill: text })),
          restore: async (context, _count, _text, index) => {
            const saved = await context.save();
            context.release();
            contexts[index] = await Context.restore(backend, saved);
          },
          hand: async (context) => context.sequence.forward([98]),
          adapter: async (context) => context.generate(greedy, { maxTokens: 2, adapters: [{ adapter, scale: 1 }] }).tokens(),
          failed: async (context) => {
            if (context.length === 0) return;
            backend.failNext(new Error("failed"));
            await expect(context.generate(greedy, { maxTokens: 2 }).tokens()).rejects.toThrow("failed");
          },
        };
        for (const [place, name, count, text] of acts) {
          const index = place % contexts.length;
          const context = contexts[index] as Context;
          if (context.length > 0 || name === "fill") await run[name]?.(context, count, text, index);
          for (const each of contexts) await check(each);
        }
        for (const each of contexts) each.release();
        Model.of(backend).prefixCache.clear();
        expect(backend.statistics.sequences).toBe(0);
      }),
      { numRuns: 60, examples: [[[[0, "flush", 0, "a"], [0, "hand", 0, "a"], [0, "hand", 0, "a"], [0, "restore", 0, "a"]]]] },
    );
  });
});

describe("a reply that is gone on with", () => {
  const chatTemplate = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}";

  test("is read as events from where it stands: in thinking that was begun, and not in thinking that was closed", async () => {
    const backend = new ScriptedBackend({ reply: "hm</think>said", chatTemplate });
    using context = new Context(backend).user("x");
    const read = async (options: { readonly maxTokens?: number }): Promise<string> => (await collect(context.generate(greedy, { decode: true, ...options }))).map((event) => `${event.type} ${"text" in event ? event.text : ""}`).join(", ");
    expect([await read({ maxTokens: 1 }), await read({ maxTokens: 3 }), await read({})]).toEqual([
      "thinking h, thinking-done h, done ",
      "thinking m, thinking-done hm, text s, done s",
      "text a, text i, text d, done aid",
    ]);
    using filled = new Context(backend).user("x").cue().fill("</think>", { special: true });
    expect((await collect(filled.generate(greedy, { decode: true, maxTokens: 2 }))).at(-1)).toEqual({ type: "done", text: "hm", reason: "max-tokens" });
    using raw = new Context(backend, { fill: "x<think>" });
    expect((await collect(raw.generate(greedy, { decode: true }))).at(-1)).toEqual({ type: "done", text: "said", reason: "end-token" });
  });

  test("may have been sealed, and cut after that", async () => {
    using context = new Context(backendOf("HELLO")).user("x");
    await context.generateText(greedy);
    const { length } = context;
    expect(await context.seal().truncate(length - 2).generateText(greedy)).toBe("LO");
    expect(textOf(context.user("y"))).toBe("<|im_start|>user\nx<|im_end|>\n<|im_start|>assistant\nHELLO<|im_end|>\n<|im_start|>user\ny<|im_end|>\n");
  });
});

test("a context that is full ends, says what to do, and goes on after that", async () => {
  using context = new Context(backendOf("abcdefghijk", 12), { fill: "12345678" });
  const stream = context.generate(greedy);
  expect([await stream.text(), stream.end]).toEqual(["abcde", { type: "context" }]);
  const full = { code: "invalid_argument", reason: "context-length", message: "context: it has 13 tokens, and the model takes 12; truncate it, or discard some" };
  await expect(context.generateText(greedy)).rejects.toMatchObject(full);
  await expect(context.fill("xx").flush()).rejects.toMatchObject({ reason: "context-length" });
  await context.truncate(13).discard(0, 6);
  expect([await context.generateText(greedy), textOf(context)]).toEqual(["fghijk", "78abcdefghijk"]);
});

test("a turn that the template refuses is taken back by truncating, and reading the length changes nothing", () => {
  const chatTemplate = "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}[{{ m.content }}]{% endfor %}";
  using context = new Context(new ScriptedBackend({ reply: "", chatTemplate })).user("a");
  const { length } = context;
  expect(() => context.system("b").length).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  expect(textOf(context.truncate(0).user("c"))).toBe("[c]");
  expect(length).toBe(3);
});

test("what it is given is checked before anything changes", async () => {
  using context = new Context(backendOf(), { fill: "xyz" });
  const refused = expect.objectContaining({ code: "invalid_argument" });
  for (const token of [-1, 1.5, NaN, 260]) expect(() => context.fillTokens([token])).toThrow(refused);
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  expect(() => context.cue().answerTool("tool", cyclic)).toThrow(refused);
  await expect(context.generateText(greedy, { stop: [""] })).rejects.toThrow(refused);
  const { tokens } = context;
  context.fill("a");
  expect(context.tokens).toEqual([...tokens, 97]);
});

test("a name of its own is one that no other context has", () => {
  const backend = backendOf();
  const number = Number(new Context(backend).name.replace("context-", ""));
  using named = new Context(backend, { name: `context-${number + 1}` });
  expect(new Context(backend).name).toBe(`context-${number + 2}`);
  expect(Context.lookup(backend, named.name)).toBe(named);
});

describe("bytes of a context", () => {
  const savedOf = async (backend: ScriptedBackend): Promise<Uint8Array> => {
    using context = new Context(backend).equipTools([{ name: "tool", parameters: {} }]).system("s").user("x");
    await context.generateText(greedy);
    return context.seal().save();
  };

  test("that were changed or cut anywhere are refused, and nothing is left open", async () => {
    const backend = backendOf();
    const saved = await savedOf(backend);
    const { sequences } = backend.statistics;
    const refused = { code: "invalid_argument", reason: "state" };
    await fc.assert(
      fc.asyncProperty(fc.nat(saved.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        await expect(Context.restore(backend, saved.with(at, (saved[at] as number) ^ change))).rejects.toMatchObject(refused);
        await expect(Context.restore(backend, saved.subarray(0, at))).rejects.toMatchObject(refused);
      }),
    );
    // Cut where the state begins, it is whole but for that.
    const headEnd = 44 + new DataView(saved.buffer).getUint32(40, true);
    await expect(Context.restore(backend, saved.subarray(0, headEnd))).rejects.toMatchObject(refused);
    expect(backend.statistics.sequences).toBe(sequences);
    const within = new Uint8Array(saved.length + 7);
    within.set(saved, 7);
    using restored = await Context.restore(backend, within.subarray(7));
    expect(textOf(restored)).toMatch(/^<\|im_start\|>system\ns[^]*assistant\nabcdef<\|im_end\|>\n$/u);
  });

  test("are restored into a context that does nothing else, and into none that is released before", async () => {
    const backend = backendOf();
    const saved = await savedOf(backend);
    const { sequences } = backend.statistics;
    let asked = (): void => {};
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    class Slow extends ScriptedBackend {
      override async restoreSequence(state: Uint8Array): Promise<Sequence> {
        asked();
        await gate;
        return super.restoreSequence(state);
      }
    }
    const slow = new Slow({ reply: "" });
    const restoring = Context.restore(slow, saved, { name: "restored" });
    await isAsked;
    const context = Context.lookup(slow, "restored");
    expect(() => context?.fill("a")).toThrow(expect.objectContaining({ code: "failed_precondition" }));
    context?.release();
    go();
    await expect(restoring).rejects.toMatchObject({ code: "failed_precondition" });
    expect([slow.statistics.sequences, backend.statistics.sequences]).toEqual([0, sequences]);
  });
});
