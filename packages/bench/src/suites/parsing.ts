/** A recorded chat stream read by the engine and by the official SDK alone, both by way of the same fetch. */
import { forEach } from "@iftk/core";
import { openai } from "@iftk/openai";
import { OpenAI } from "openai";
import type { ParsingCost } from "../report.js";
import { measureRounds, medianOf, ratioOf, type Case, type Effort, type Runner } from "../rounds.js";
import { makeTokens } from "../workload/tokens.js";

export interface ParsingRequest extends Effort {
  /** Chunks of one reply. */
  readonly chunks: number;
}

type Api = ParsingCost["api"];
type Reads = ParsingCost["reads"];

/** The chunks of a chat completion as OpenAI sends them. */
function chatCompletion(tokens: readonly string[]): string[] {
  const common = { id: "chatcmpl-C3jmyBQgTgsLd421Wg8fBhM0xkOiK", object: "chat.completion.chunk", created: 1_755_007_032, model: "gpt-4.1-2025-04-14", service_tier: "default", system_fingerprint: "fp_479cfdfab2" };
  const chunk = (choices: readonly object[], usage: object | null = null): object => ({ ...common, choices, usage, obfuscation: "D5jIQAiER0kD2" });
  const choice = (delta: object, finish: string | null = null): object => chunk([{ index: 0, delta, logprobs: null, finish_reason: finish }]);
  const chunks = [choice({ role: "assistant", content: "", refusal: null }), ...tokens.map((content) => choice({ content })), choice({}, "stop"), chunk([], { prompt_tokens: 9, completion_tokens: tokens.length, total_tokens: 9 + tokens.length })];
  return [...chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`), "data: [DONE]\n\n"];
}

/** The events of a response as OpenAI sends them. */
function response(tokens: readonly string[]): string[] {
  const [id, text] = ["msg_68d930427844819ebda216a5dcfbec4603aa6e5a972b3b23", tokens.join("")];
  const place = { item_id: id, output_index: 0, content_index: 0 };
  const whole = { id: "resp_68d9303e0ef4819e9abaed38fac5de4f03aa6e5a972b3b23", object: "response", model: "gpt-5-2025-08-07", error: null };
  const part = { type: "output_text", annotations: [], logprobs: [], text };
  const item = { id, type: "message", status: "completed", content: [part], role: "assistant" };
  const usage = { input_tokens: 9, input_tokens_details: { cached_tokens: 0 }, output_tokens: tokens.length, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 9 + tokens.length };
  const events = [
    { type: "response.created", response: { ...whole, status: "in_progress", output: [] } },
    { type: "response.output_item.added", output_index: 0, item: { ...item, status: "in_progress", content: [] } },
    { type: "response.content_part.added", ...place, part: { ...part, text: "" } },
    ...tokens.map((delta) => ({ type: "response.output_text.delta", ...place, delta, logprobs: [], obfuscation: "yBUv8b1dlI5ORP" })),
    { type: "response.output_text.done", ...place, text, logprobs: [] },
    { type: "response.content_part.done", ...place, part },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { ...whole, status: "completed", output: [item], usage } },
  ];
  return events.map(({ type, ...fields }, index) => `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: index, ...fields })}\n\n`);
}

/** A fetch that answers with these network reads. */
function fetchOf(reads: readonly Uint8Array[]): typeof fetch {
  return () => {
    let next = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const bytes = reads[next++];
        if (bytes) controller.enqueue(bytes);
        else controller.close();
      },
    });
    return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } }));
  };
}

const kibibytes16 = 1 << 14;

function readsOf(events: readonly string[], reads: Reads): Uint8Array[] {
  const encoder = new TextEncoder();
  if (reads === "an event a read") return events.map((event) => encoder.encode(event));
  const bytes = encoder.encode(events.join(""));
  return Array.from({ length: Math.ceil(bytes.length / kibibytes16) }, (_, index) => bytes.subarray(index * kibibytes16, (index + 1) * kibibytes16));
}

const baseUrl = "http://127.0.0.1/v1";
const messages = [{ role: "user" as const, content: "Tell me a story." }];

/** Reads the text of a reply and gives its length. */
type ReadReply = () => Promise<number>;

function readers(api: Api, fetch: typeof globalThis.fetch): Readonly<Record<string, ReadReply>> {
  const client = new OpenAI({ apiKey: "sk-bench", baseURL: baseUrl, maxRetries: 0, fetch });
  const stage = openai({ baseUrl, apiKey: "sk-bench", isMarkRequired: true, fetch }).chat({ model: "gpt-x", api });
  const sdk: ReadReply = async () => {
    let length = 0;
    if (api === "responses") {
      for await (const event of await client.responses.create({ model: "gpt-x", input: messages, stream: true })) if (event.type === "response.output_text.delta") length += event.delta.length;
    } else {
      for await (const { choices: [choice] } of await client.chat.completions.create({ model: "gpt-x", messages, stream: true, stream_options: { include_usage: true } })) length += choice?.delta.content?.length ?? 0;
    }
    return length;
  };
  return {
    [officialSdk]: sdk,
    "iftk for await": async () => {
      let length = 0;
      for await (const part of stage({ messages })) if (part.type === "text-delta") length += part.text.length;
      return length;
    },
    iftk: async () => {
      let length = 0;
      await forEach(stage({ messages }), (part) => void (part.type === "text-delta" && (length += part.text.length)));
      return length;
    },
  };
}

const officialSdk = "official SDK";

/** Measures the CPU time of a chunk, from the bytes to what the consumer sees. */
export async function measureParsing({ chunks, ...effort }: ParsingRequest): Promise<readonly ParsingCost[]> {
  const tokens = makeTokens(chunks);
  const expected = tokens.join("").length;
  const kinds = (["chat-completions", "responses"] as const).flatMap((api) => (["an event a read", "16 KiB a read"] as const).map((reads) => ({ api, reads })));
  const cases = kinds.map(({ api, reads }): Case => {
    const events = api === "responses" ? response(tokens) : chatCompletion(tokens);
    const runners = Object.entries(readers(api, fetchOf(readsOf(events, reads)))).map(([name, read]): Runner => ({
      name,
      async run(items) {
        const times = Math.ceil(items / chunks);
        let sum = 0;
        for (let time = 0; time < times; time++) sum += await read();
        return { items: times * chunks, sum, expected: times * expected };
      },
    }));
    return { name: `${api}, ${reads}`, runners, most: 16 * chunks };
  });
  const times = await measureRounds(cases, effort);
  return kinds.flatMap(({ api, reads }, index) => {
    const of = times[index] ?? new Map<string, readonly number[]>();
    return [...of.keys()].map((implementation) => ({ api, reads, implementation, nsPerChunk: medianOf(of, implementation), vsSdk: ratioOf(of, implementation, officialSdk) }));
  });
}
