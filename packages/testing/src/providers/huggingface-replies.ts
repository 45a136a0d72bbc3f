/** What Hugging Face sends, byte for byte as its router and servers write it. */
import { sse } from "./sse.js";

const completion = { id: "chatcmpl-9f2c71", created: 1_762_000_000, model: "meta-llama/Llama-3.3-70B-Instruct", system_fingerprint: "fp_7a41" };
const usage = { prompt_tokens: 42, completion_tokens: 7, total_tokens: 49, prompt_tokens_details: { cached_tokens: 32 } };

const chunk = (delta: object, more: object = {}): object => ({ ...completion, object: "chat.completion.chunk", choices: [{ index: 0, delta, logprobs: null, finish_reason: null, ...more }] });
const usageChunk = { ...completion, object: "chat.completion.chunk", choices: [], usage };

const streamOf = (...chunks: readonly object[]): string => sse([...[...chunks, usageChunk].map((data) => ({ data })), { data: "[DONE]" }]).join("");

const words = ["Once", " upon", " a", " time", " — ", "café", " 🦊."];
const logprobsOf = (token: string, index: number): object => ({
  content: [{ token, logprob: -0.125 * index, bytes: [...new TextEncoder().encode(token)], top_logprobs: [{ token, logprob: -0.125 * index, bytes: null }, { token: "The", logprob: -3.5, bytes: null }] }],
});
const callPiece = (piece: object): object => ({ tool_calls: [{ index: 0, ...piece }] });

/** Streamed chat completions. */
const chat = {
  text: streamOf(chunk({ role: "assistant", content: "" }), ...words.map((content) => chunk({ content })), chunk({}, { finish_reason: "stop" })),
  logprobs: streamOf(...words.map((content, index) => chunk({ content }, { logprobs: logprobsOf(content, index) })), chunk({ content: "" }, { finish_reason: "length" })),
  reasoning: streamOf(chunk({ role: "assistant", content: "", reasoning_content: "Let me" }), chunk({ reasoning_content: " see." }), chunk({ content: "Four." }), chunk({ content: "" }, { finish_reason: "stop" })),
  tools: streamOf(
    chunk({ role: "assistant", content: null }),
    chunk(callPiece({ id: "call_a1", type: "function", function: { name: "weather", arguments: "" } })),
    chunk(callPiece({ function: { arguments: '{"city":' } })),
    chunk(callPiece({ function: { arguments: ' "Zürich"}' } })),
    chunk({ tool_calls: [{ index: 1, id: "call_b2", type: "function", function: { name: "time", arguments: "{}" } }] }),
    chunk({}, { finish_reason: "tool_calls" }),
  ),
  json: streamOf(chunk({ role: "assistant", content: '{"name":' }), chunk({ content: ' "Ada"}' }), chunk({}, { finish_reason: "stop" })),
  choices: streamOf(
    chunk({ role: "assistant", content: "Yes" }),
    chunk({ role: "assistant", content: "No" }, { index: 1 }),
    chunk({}, { finish_reason: "stop" }),
    chunk({}, { index: 1, finish_reason: "length" }),
  ),
  /** The reply of a server that does not stream. */
  whole: JSON.stringify({
    ...completion,
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content: words.join("") }, logprobs: null, finish_reason: "stop" }],
    usage,
  }),
};

const token = (text: string, index: number, more: object = {}): object => ({ index: index + 1, token: { id: 100 + index, text, logprob: -0.25 * index, special: false }, generated_text: null, details: null, ...more });
const details = { finish_reason: "eos_token", generated_tokens: 8, seed: null, input_length: 5 };
const end = (generated: string, more: object = {}): object => ({
  index: 8,
  token: { id: 2, text: "</s>", logprob: -0.01, special: true },
  generated_text: generated,
  details: { ...details, ...more },
});
/** Text Generation Inference writes no space after the colon, and no terminal mark but the event with the whole text. */
const tokens = (...events: readonly object[]): string => events.map((event) => `data:${JSON.stringify(event)}\n\n`).join("");
const alternatives = [{ id: 7, text: " The", logprob: -4, special: false }];

/** Replies of Text Generation Inference. */
const textGeneration = {
  text: tokens(...words.map((text, index) => token(text, index)), end(words.join(""))),
  logprobs: tokens(...words.map((text, index) => token(text, index, { top_tokens: alternatives })), end(words.join(""))),
  /** It stops at "\nEND", which is part of what it sends. */
  stopped: tokens(token("One.", 0), token("\nE", 1), token("cho.", 2), token("\nEN", 3), {
    index: 5,
    token: { id: 9, text: "D", logprob: -0.1, special: false },
    generated_text: "One.\nEcho.\nEND",
    details: { ...details, finish_reason: "stop_sequence", generated_tokens: 5 },
  }),
  overloaded: `${tokens(token("Once", 0))}data:{"error":"Model is overloaded","error_type":"overloaded"}\n\n`,
  whole: JSON.stringify([{ generated_text: words.join(""), details: { ...details, prefill: [], tokens: words.map((text, index) => ({ id: 100 + index, text, logprob: -0.25 * index, special: false })) } }]),
};

/** A PNG of one pixel. */
const png = new Uint8Array(Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64"));

/** Replies of the other tasks. */
const tasks = {
  image: png,
  caption: JSON.stringify([{ generated_text: "a fox in the snow" }]),
  detections: JSON.stringify([
    { score: 0.98, label: "fox", box: { xmin: 10, ymin: 20, xmax: 110, ymax: 220 } },
    { score: 0.7, label: "tree", box: { xmin: 0, ymin: 0, xmax: 40, ymax: 300 } },
  ]),
  transcript: JSON.stringify({ text: " The quick fox. It jumps." }),
  segments: JSON.stringify({ text: " The quick fox. It jumps.", chunks: [{ timestamp: [0, 1.5], text: " The quick fox." }, { timestamp: [1.5, null], text: " It jumps." }] }),
  /** As the provider together gives an image. */
  imageOfTogether: JSON.stringify({ id: "img-1", model: "flux", object: "list", data: [{ index: 0, b64_json: Buffer.from(png).toString("base64") }] }),
  vectors: JSON.stringify([[0.125, -0.5, 1], [0.25, 0.75, -1]]),
};

/** The bodies of all replies, as `fakeHuggingface` gives them. */
export const huggingfaceReplies = { chat, textGeneration, tasks };
