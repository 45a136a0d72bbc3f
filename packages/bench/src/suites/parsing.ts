/** A recorded chat stream read by the engine and by the official SDK alone, both by way of the same fetch. */
import { Anthropic } from "@anthropic-ai/sdk";
import { anthropic } from "@iftk/anthropic";
import { forEach, type OutputStream } from "@iftk/core";
import type { ChatRequest, Part } from "@iftk/inference";
import { openai } from "@iftk/openai";
import { OpenAI } from "openai";
import type { ParsingCost } from "../report.js";
import { measureRounds, medianOf, ratioOf, type Case, type Effort, type Runner } from "../rounds.js";
import { makeTokens } from "../workload/tokens.js";
import { chatCompletion, message, response } from "./parsing-streams.js";

export interface ParsingRequest extends Effort {
  /** Chunks of one reply. */
  readonly chunks: number;
}

type Api = ParsingCost["api"];
type Reads = ParsingCost["reads"];

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

const streams: Readonly<Record<Api, (tokens: readonly string[]) => string[]>> = { "chat-completions": chatCompletion, responses: response, messages: message };

const baseUrl = "http://127.0.0.1/v1";
const messages = [{ role: "user" as const, content: "Tell me a story." }];

/** Reads the text of a reply and gives its length. */
type ReadReply = () => Promise<number>;

/** The engine's stage, and the official SDK alone. */
interface Readers {
  readonly stage: OutputStream<ChatRequest, Part>;
  readonly sdk: ReadReply;
}

function byOpenai(api: "responses" | "chat-completions", fetch: typeof globalThis.fetch): Readers {
  const client = new OpenAI({ apiKey: "sk-bench", baseURL: baseUrl, maxRetries: 0, fetch });
  return {
    stage: openai({ baseUrl, apiKey: "sk-bench", isMarkRequired: true, fetch }).chat({ model: "gpt-x", api }),
    async sdk() {
      let length = 0;
      if (api === "responses") {
        for await (const event of await client.responses.create({ model: "gpt-x", input: messages, stream: true })) if (event.type === "response.output_text.delta") length += event.delta.length;
      } else {
        for await (const { choices: [choice] } of await client.chat.completions.create({ model: "gpt-x", messages, stream: true, stream_options: { include_usage: true } })) length += choice?.delta.content?.length ?? 0;
      }
      return length;
    },
  };
}

function byAnthropic(fetch: typeof globalThis.fetch): Readers {
  const client = new Anthropic({ apiKey: "sk-bench", baseURL: baseUrl, maxRetries: 0, fetch });
  return {
    stage: anthropic({ client }).chat({ model: "claude-x", maxTokens: 100 }),
    async sdk() {
      let length = 0;
      for await (const event of await client.messages.create({ model: "claude-x", max_tokens: 100, messages, stream: true })) if (event.type === "content_block_delta" && event.delta.type === "text_delta") length += event.delta.text.length;
      return length;
    },
  };
}

function readers(api: Api, fetch: typeof globalThis.fetch): Readonly<Record<string, ReadReply>> {
  const { stage, sdk } = api === "messages" ? byAnthropic(fetch) : byOpenai(api, fetch);
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
  const kinds = (["chat-completions", "responses", "messages"] as const).flatMap((api) => (["an event a read", "16 KiB a read"] as const).map((reads) => ({ api, reads })));
  const cases = kinds.map(({ api, reads }): Case => {
    const events = streams[api](tokens);
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
