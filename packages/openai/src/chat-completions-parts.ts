/** The chunks of a chat completion, or of a legacy completion, as parts. */
import type { ChatRequest, FinishReason, Part, Usage } from "@iftk/inference";
import { parseJson } from "@iftk/inference/http";
import type { SseEvent } from "@iftk/wire";
import { ChatChoice } from "./chat-choice.js";
import type { Connection } from "./client.js";
import { errorWithin, malformed, truncated } from "./failure.js";
import { LeftOut } from "./left-out.js";
import { tokensOfCompletion } from "./logprobs.js";
import { isRecord, recordsOf, textIn, type JsonRecord } from "./record.js";
import type { ReplyReader } from "./reply-reader.js";
import { estimatedUsage, usageOf } from "./usage.js";

const done = "[DONE]";

/**
 * Reads one chat completion or legacy completion, of OpenAI or of a compatible server: reasoning as `reasoning_content` or `reasoning`,
 * arguments as objects, usage in any chunk.
 */
export class ChatCompletionReader implements ReplyReader {
  readonly #connection: Connection;
  readonly #request: ChatRequest;
  readonly #choices = new Map<number, ChatChoice>();
  readonly #leftOut: LeftOut;
  #usage: Usage | undefined;
  #id: string | undefined;
  #model: string | undefined;
  #citations = 0;
  #isOver = false;

  constructor(connection: Connection, request: ChatRequest) {
    this.#connection = connection;
    this.#request = request;
    this.#leftOut = new LeftOut(connection.provider);
  }

  get isWhole(): boolean {
    return this.#choices.size >= (this.#request.choices ?? 1) && [...this.#choices.values()].every(({ raw }) => raw !== undefined);
  }

  isLast({ data }: SseEvent): boolean {
    return data === done;
  }

  take({ data }: SseEvent): readonly Part[] {
    const parts: Part[] = [];
    if (data === done) this.#finish(parts);
    else if (data !== "") this.#takeChunk(parseJson(this.#connection.provider, data), parts);
    return parts;
  }

  takeWhole(value: unknown): readonly Part[] {
    const parts: Part[] = [];
    this.#takeChunk(value, parts);
    if (!this.isWhole) throw truncated(this.#connection);
    this.#finish(parts);
    return parts;
  }

  end(): readonly Part[] {
    if (!this.#isOver) throw truncated(this.#connection);
    return [];
  }

  #takeChunk(chunk: unknown, parts: Part[]): void {
    if (!isRecord(chunk)) return;
    const error = errorWithin(this.#connection, chunk);
    if (error) throw error;
    this.#id ??= textIn(chunk, "id") || undefined;
    this.#model ??= textIn(chunk, "model") || undefined;
    // Some servers count up in every chunk: the last one holds.
    if (chunk["usage"]) this.#usage = usageOf(chunk["usage"]) ?? this.#usage;
    for (const choice of recordsOf(chunk["choices"])) this.#takeChoice(choice, parts);
    if (chunk["citations"]) this.#cite(chunk["citations"], parts);
  }

  #takeChoice(value: JsonRecord, parts: Part[]): void {
    const index = typeof value["index"] === "number" ? value["index"] : 0;
    let choice = this.#choices.get(index);
    if (!choice) this.#choices.set(index, (choice = new ChatChoice(index, this.#leftOut)));
    const { delta = value["message"], text, logprobs, finish_reason: raw } = value;
    const tokens = isRecord(logprobs) ? (logprobs["content"] ?? tokensOfCompletion(logprobs)) : undefined;
    if (isRecord(delta)) choice.take(delta, tokens, parts);
    else if (typeof text === "string") choice.take({ content: text }, tokens, parts);
    if (typeof raw === "string" && raw !== "" && choice.raw === undefined) choice.close(raw, parts);
  }

  /** Some servers name their sources once more in each chunk, beside the choices. */
  #cite(citations: unknown, parts: Part[]): void {
    if (!Array.isArray(citations)) return;
    for (const url of citations.slice(this.#citations)) if (typeof url === "string") parts.push({ type: "source", url });
    this.#citations = Math.max(this.#citations, citations.length);
  }

  #finish(parts: Part[]): void {
    if (this.#isOver) return;
    if (this.#choices.size === 0) throw malformed(this.#connection, "it has no choice");
    this.#isOver = true;
    const choices = [...this.#choices.values()].sort((a, b) => a.index - b.index);
    for (const choice of choices) {
      choice.close(choice.raw, parts);
      if ((this.#request.choices ?? 1) > 1) parts.push({ type: "choice-finish", choice: choice.index, reason: choice.reason });
    }
    const reason: FinishReason = choices[0]?.reason ?? { unified: "other", raw: "" };
    const usage = this.#usage ?? estimatedUsage(this.#request, choices.reduce((sum, { characters }) => sum + characters, 0));
    const response = { ...(this.#id !== undefined && { id: this.#id }), ...(this.#model !== undefined && { model: this.#model }) };
    parts.push({ type: "finish", reason, usage, ...(Object.keys(response).length > 0 && { response }) });
  }
}
