/** The reply is what the official SDK makes of the same bytes. */
import { collect } from "@iftk/core";
import { contentOf, reply as whole, type AssistantMessage, type ChatRequest, type Reply } from "@iftk/inference";
import { fakeOpenai, type FakeOpenaiReply, type FakeProvider } from "@iftk/testing/providers";
import fc from "fast-check";
import { OpenAI } from "openai";
import { afterAll, expect, test } from "vitest";
import { openai } from "./engine.js";

let said: FakeOpenaiReply = {};
const fake: FakeProvider = await fakeOpenai({ reply: () => said, isCompatible: true });
afterAll(() => fake.close());

const baseUrl = `${fake.url}/v1`;
const sdk = new OpenAI({ apiKey: "sk-any", baseURL: baseUrl, maxRetries: 0 });
const engine = openai({ baseUrl, apiKey: "sk-any" });
const request: ChatRequest = { messages: [{ role: "user", content: "Go." }], tools: [{ name: "look", parameters: { type: "object" } }], choices: 1 };

/** The reply, and the body by which it was asked for. */
async function asked<Body>(api: string, more: Partial<ChatRequest> = {}): Promise<{ readonly reply: Reply; readonly body: Body }> {
  fake.clear();
  const reply = await whole(engine.chat({ model: "gpt-x", api })({ ...request, ...more }));
  return { reply, body: fake.requests[0]?.json() as Body };
}

const pieces = fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 });
const call = fc.record({ id: fc.uuid(), name: fc.constantFrom("look", "listen"), arguments: fc.json() });
const usage = fc.record({ input: fc.nat(999), output: fc.nat(999), cached: fc.nat(99), reasoning: fc.nat(99) });
const replies = fc.record(
  { text: pieces, commentary: pieces, phase: fc.constantFrom("commentary", "final_answer"), refusal: pieces, toolCalls: fc.uniqueArray(call, { selector: ({ id }) => id, minLength: 1, maxLength: 3 }), reasoning: pieces, usage },
  { requiredKeys: ["usage"] },
);

const usageOf = ({ finish: { usage: { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } } }: Reply) => ({ inputTokens, outputTokens, cachedInputTokens, reasoningTokens });
/** The texts of a message with the API's words for their phases. */
const textsOf = (message: AssistantMessage) => contentOf(message).flatMap((content) => (content.type === "text" ? [{ text: content.text, phase: content.phase === "answer" ? "final_answer" : content.phase }] : []));

/** Neighbours of the same phase made one. */
function joined<Text extends { readonly text: string; readonly phase?: unknown }>(texts: readonly Text[]): Text[] {
  const all: Text[] = [];
  for (const one of texts) {
    const last = all.at(-1);
    if (last && last.phase === one.phase) all.splice(-1, 1, { ...last, text: last.text + one.text });
    else all.push(one);
  }
  return all;
}

const callsOf = ({ toolCalls }: Reply) => toolCalls.map(({ id, name, arguments: given }) => ({ id, name, given }));

test("a chat completion has the text, refusal, calls, usage and end that the SDK's stream has", async () => {
  await fc.assert(
    fc.asyncProperty(replies, async (reply) => {
      said = reply;
      const { reply: own, body } = await asked<OpenAI.ChatCompletionCreateParamsStreaming>("chat-completions");
      const theirs = await sdk.chat.completions.stream(body).finalChatCompletion();
      const [choice] = theirs.choices;
      expect({ text: own.text, refusal: own.refusal, calls: callsOf(own), usage: usageOf(own), raw: own.finish.reason.raw, response: own.finish.response }).toEqual({
        text: choice?.message.content ?? "",
        refusal: choice?.message.refusal ?? "",
        calls: (choice?.message.tool_calls ?? []).map((one) => ({ id: one.id, ...("function" in one && { name: one.function.name, given: JSON.parse(one.function.arguments) as unknown }) })),
        usage: {
          inputTokens: theirs.usage?.prompt_tokens,
          outputTokens: theirs.usage?.completion_tokens,
          cachedInputTokens: theirs.usage?.prompt_tokens_details?.cached_tokens,
          reasoningTokens: theirs.usage?.completion_tokens_details?.reasoning_tokens,
        },
        raw: choice?.finish_reason,
        response: { id: theirs.id, model: theirs.model },
      });
    }),
    { numRuns: 40 },
  );
});

test("a response has the text, refusal, reasoning, calls, usage and end that the SDK's stream has", async () => {
  await fc.assert(
    fc.asyncProperty(replies, async (reply) => {
      said = reply;
      const { reply: own, body } = await asked<OpenAI.Responses.ResponseCreateParamsStreaming>("responses");
      const theirs = await sdk.responses.stream(body).finalResponse();
      const items = theirs.output;
      const reasoning = items.flatMap((item) => (item.type === "reasoning" ? [item] : []));
      expect({ text: own.text, refusal: own.refusal, reasoning: own.reasoning, calls: callsOf(own), usage: usageOf(own), raw: own.finish.reason.raw, response: own.finish.response }).toEqual({
        text: theirs.output_text,
        refusal: items.flatMap((item) => (item.type === "message" ? item.content.flatMap((content) => (content.type === "refusal" ? [content.refusal] : [])) : [])).join(""),
        reasoning: reasoning.flatMap(({ summary }) => summary.map(({ text }) => text)).join("\n\n"),
        calls: items.flatMap((item) => (item.type === "function_call" ? [{ id: item.call_id, name: item.name, given: JSON.parse(item.arguments) as unknown }] : [])),
        usage: {
          inputTokens: theirs.usage?.input_tokens,
          outputTokens: theirs.usage?.output_tokens,
          cachedInputTokens: theirs.usage?.input_tokens_details.cached_tokens,
          reasoningTokens: theirs.usage?.output_tokens_details.reasoning_tokens,
        },
        raw: theirs.status,
        response: { id: theirs.id, model: theirs.model },
      });
      const texts = items.flatMap((item) => (item.type === "message" ? item.content.flatMap((content) => (content.type === "output_text" ? [{ text: content.text, phase: item.phase }] : [])) : []));
      expect(textsOf(own.message)).toEqual(joined(texts));
      expect(Array.isArray(own.message.content) ? own.message.content.filter(({ type }) => type === "reasoning") : []).toEqual(
        reasoning.map((item) => ({ type: "reasoning", text: item.summary.map(({ text }) => text).join("\n\n"), signature: item.id, encrypted: item.encrypted_content })),
      );
    }),
    { numRuns: 40 },
  );
});

test("a completion has the text, usage and end that the SDK's stream has", async () => {
  said = { text: "Once upon a time, a fake spoke.", finish: "length", usage: { input: 3, output: 7 } };
  const { reply: own, body } = await asked<OpenAI.CompletionCreateParamsStreaming>("completions", { tools: [] });
  const chunks = await collect(await sdk.completions.create(body));
  const last = chunks.at(-1)?.usage;
  expect({ text: own.text, raw: own.finish.reason.raw, usage: own.finish.usage }).toEqual({
    text: chunks.map(({ choices: [choice] }) => choice?.text ?? "").join(""),
    raw: chunks.findLast(({ choices: [choice] }) => choice?.finish_reason)?.choices[0]?.finish_reason,
    usage: { inputTokens: last?.prompt_tokens, outputTokens: last?.completion_tokens },
  });
});

test("several choices have the texts, log-probabilities and ends that the SDK's stream has", async () => {
  said = { text: "One choice.", otherChoices: [{ text: "Another one.", finish: "length" }, { toolCalls: [{ name: "look", arguments: "[1]" }] }] };
  fake.clear();
  const parts = await collect(engine.chat({ model: "gpt-x" })({ ...request, choices: 3, logprobs: 2 }));
  const theirs = await sdk.chat.completions.stream(fake.requests[0]?.json() as OpenAI.ChatCompletionCreateParamsStreaming).finalChatCompletion();
  const own = theirs.choices.map(({ index }) => {
    const deltas = parts.flatMap((part) => (part.type === "text-delta" && (part.choice ?? 0) === index ? [part] : []));
    const calls = parts.flatMap((part) => (part.type === "tool-call" && (part.choice ?? 0) === index ? [part] : []));
    const end = parts.find((part) => part.type === "choice-finish" && part.choice === index);
    return {
      text: deltas.map(({ text }) => text).join(""),
      tokens: deltas.flatMap(({ logprobs = [] }) => logprobs).map(({ token, logprob, bytes, alternatives }) => ({ token, logprob, bytes, top: alternatives?.map((one) => one.token) })),
      calls: calls.map(({ name, arguments: given }) => ({ name, given })),
      raw: end?.type === "choice-finish" ? end.reason.raw : undefined,
    };
  });
  expect(own).toEqual(
    theirs.choices.map(({ message, logprobs, finish_reason: raw }) => ({
      text: message.content ?? "",
      tokens: (logprobs?.content ?? []).map(({ token, logprob, bytes, top_logprobs: top }) => ({ token, logprob, bytes, top: top.map((one) => one.token) })),
      calls: (message.tool_calls ?? []).flatMap((one) => ("function" in one ? [{ name: one.function.name, given: JSON.parse(one.function.arguments) as unknown }] : [])),
      raw,
    })),
  );
});
