import fc from "fast-check";
import { expect, test } from "vitest";
import { generateEvents, type GenerateEventsOptions, type GenerationEvent } from "./generate-events.js";
import { Sampler } from "./sampling/sampler.js";
import { ScriptedBackend } from "./scripted-backend.js";

async function events(backend: ScriptedBackend, options: Partial<GenerateEventsOptions> = {}): Promise<GenerationEvent[]> {
  const found: GenerationEvent[] = [];
  for await (const event of generateEvents(backend, backend.openSequence(), backend.tokenize("x"), { sampler: Sampler.greedy(), ...options })) found.push(event);
  return found;
}

const says = (reply: string): ScriptedBackend => new ScriptedBackend({ reply });
const bytes = (text: string): number[] => [...new TextEncoder().encode(text)];
const told = (text: string, of = text): GenerationEvent => ({ type: "text", text, tokens: bytes(of) });

test("text comes with its tokens, whole characters at a time, and done comes last", async () => {
  expect(await events(says("aß🦊"))).toEqual([told("a"), told("ß"), told("🦊"), { type: "done", end: { type: "end-token", token: 257 } }]);
});

test("a stop text over several tokens ends the text before it, with no pass after it", async () => {
  const backend = says("One. Two. Three.");
  expect(await events(backend, { stop: [". T", "zzz"] })).toEqual([told("O"), told("n"), told("e"), told("", ". T"), { type: "done", end: { type: "stop-text", text: ". T" } }]);
  expect(backend.statistics.decodes).toBe(6);
});

test("what only looked like a stop text is given when it is none, with its tokens", async () => {
  expect(await events(says("aENbEN"), { stop: ["END"] })).toEqual([told("a"), told("ENb"), told("EN"), { type: "done", end: { type: "end-token", token: 257 } }]);
});

test("a character cut by the limit leaves U+FFFD", async () => {
  expect(await events(says("a🦊"), { maxTokens: 3 })).toEqual([told("a"), { type: "text", text: "\uFFFD", tokens: bytes("🦊").slice(0, 2) }, { type: "done", end: { type: "max-tokens" } }]);
});

test("the text up to the stop text, and every token once, come in order, whatever is said", async () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "ß", "🦊"), maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(letters, fc.array(letters.filter((stop) => stop !== ""), { maxLength: 3 }), async (reply, stop) => {
      const found = await events(says(reply), { stop, logprobs: 0 });
      const texts = found.filter((event) => event.type === "text");
      const ends = stop.map((text) => ({ text, at: reply.indexOf(text) })).filter(({ at }) => at >= 0);
      const first = ends.sort((left, right) => left.at + left.text.length - right.at - right.text.length || right.text.length - left.text.length)[0];
      expect(texts.map(({ text }) => text).join("")).toBe(first ? reply.slice(0, first.at) : reply);
      expect(texts.flatMap(({ tokens }) => tokens)).toEqual(bytes(first ? reply.slice(0, first.at + first.text.length) : reply));
      expect(texts.map(({ logprobs }) => logprobs?.map(({ token }) => token))).toEqual(texts.map(({ tokens }) => tokens));
      expect(found.at(-1)).toEqual({ type: "done", end: first ? { type: "stop-text", text: first.text } : { type: "end-token", token: 257 } });
    }),
    { numRuns: 300 },
  );
});

test("log-probabilities are the model's own, before processors and temperature", async () => {
  const backend = new ScriptedBackend({ reply: "", logits: () => Float32Array.from({ length: 260 }, (_, token) => (token === 97 ? Math.log(3) : token === 98 ? 0 : -Infinity)) });
  const [quarter, threeQuarters] = [expect.closeTo(Math.log(1 / 4), 6) as number, expect.closeTo(Math.log(3 / 4), 6) as number];
  const ban = (logits: Float32Array): number => (logits[97] = -Infinity);
  expect(await events(backend, { logprobs: 1, maxTokens: 1, processors: [ban], sampler: Sampler.topP() })).toEqual([
    { type: "text", text: "b", tokens: [98], logprobs: [{ token: 98, logprob: quarter, alternatives: [{ token: 97, logprob: threeQuarters }] }] },
    { type: "done", end: { type: "max-tokens" } },
  ]);
});

test("asking for log-probabilities does not change what is generated", async () => {
  const flat = (): ScriptedBackend => new ScriptedBackend({ reply: "", logits: () => new Float32Array(260).fill(-Infinity).fill(0, 97, 122) });
  const text = async (options: Partial<GenerateEventsOptions>): Promise<unknown> => (await events(flat(), { sampler: Sampler.multinomial(1, 5), maxTokens: 20, ...options })).map((event) => event.type === "text" && event.tokens);
  expect(await text({ logprobs: 3 })).toEqual(await text({}));
  expect(await text({ logprobs: 3, seed: 1 })).toEqual(await text({ seed: 1 }));
});

test("leaving between two events asks the model for nothing more", async () => {
  const backend = says("hello");
  for await (const event of generateEvents(backend, backend.openSequence(), [120], { sampler: Sampler.greedy() })) {
    if (event.type === "text" && event.text === "e") break;
  }
  expect([backend.statistics.decodes, backend.statistics.pending]).toEqual([2, 0]);
});

test("an abort between two events rejects the next read with the reason, and no done is told", async () => {
  const abort = new AbortController();
  const found: GenerationEvent[] = [];
  const backend = says("hello");
  const reading = async (): Promise<void> => {
    for await (const event of generateEvents(backend, backend.openSequence(), [120], { sampler: Sampler.greedy(), signal: abort.signal })) {
      found.push(event);
      abort.abort(new Error("enough"));
    }
  };
  await expect(reading()).rejects.toThrow("enough");
  expect(found).toEqual([told("h")]);
});
