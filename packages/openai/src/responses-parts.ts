/** The events of a response as parts. */
import { StageError } from "@iftk/core";
import type { ChatRequest, Part, TextPhase, Usage } from "@iftk/inference";
import { parseJson } from "@iftk/inference/http";
import type { SseEvent } from "@iftk/wire";
import type { Connection } from "./client.js";
import { errorWithin, refusal, truncated } from "./failure.js";
import { finishReasonOf } from "./finish-reason.js";
import { LeftOut } from "./left-out.js";
import { logprobsOf } from "./logprobs.js";
import { isRecord, numberIn, recordIn, recordsOf, textIn, type JsonRecord } from "./record.js";
import type { ReplyReader } from "./reply-reader.js";
import { sourceOf } from "./source.js";
import { phaseOf } from "./text-phase.js";
import { ToolCallText } from "./tool-call-text.js";
import { estimatedUsage, usageOf } from "./usage.js";

const terminal: ReadonlySet<string> = new Set(["response.completed", "response.incomplete", "response.failed", "response.cancelled"]);
/** In text these quotes would be escaped. */
const terminalType = /"type"\s*:\s*"response\.(?:completed|incomplete|failed|cancelled)"/u;

/** One stretch of text, by the item and the content that it belongs to. */
interface Stretch {
  /** Where it begins in the text of the reply. */
  readonly start: number;
  sources: number;
}

/** Reads one response. */
export class ResponseReader implements ReplyReader {
  readonly isWhole = false;
  readonly #connection: Connection;
  readonly #request: ChatRequest;
  /** Calls whose items are not whole, by the index and by the id of the item. */
  readonly #calls = new Map<unknown, ToolCallText>();
  /** Phases of messages, by the index and by the id of the item. */
  readonly #phases = new Map<unknown, TextPhase | undefined>();
  readonly #stretches = new Map<string, Stretch>();
  readonly #leftOut: LeftOut;
  #hasItems = false;
  #hasCalls = false;
  #hasTextDeltas = false;
  /** Whether deltas of the reasoning that is under way have come. */
  #isThinking = false;
  #id: string | undefined;
  #model: string | undefined;
  #usage: Usage | undefined;
  #length = 0;
  #characters = 0;
  #isOver = false;

  constructor(connection: Connection, request: ChatRequest) {
    this.#connection = connection;
    this.#request = request;
    this.#leftOut = new LeftOut(connection.provider);
  }

  isLast({ type, data }: SseEvent): boolean {
    return terminal.has(type) || data === "[DONE]" || (type === "message" && terminalType.test(data));
  }

  take({ type, data }: SseEvent): readonly Part[] {
    if (data === "" || data === "[DONE]") return [];
    const event = parseJson(this.#connection.provider, data);
    const parts: Part[] = [];
    if (isRecord(event)) this.#takeEvent(textIn(event, "type") ?? type, event, parts);
    return parts;
  }

  takeWhole(value: unknown): readonly Part[] {
    if (!isRecord(value)) throw truncated(this.#connection);
    const error = errorWithin(this.#connection, value);
    if (error) throw error;
    if (!terminal.has(`response.${textIn(value, "status")}`)) throw truncated(this.#connection);
    const parts: Part[] = [];
    this.#finish(value, parts);
    return parts;
  }

  end(): readonly Part[] {
    if (!this.#isOver) throw truncated(this.#connection);
    return [];
  }

  #takeEvent(type: string, event: JsonRecord, parts: Part[]): void {
    switch (type) {
      case "response.output_text.delta":
        this.#hasTextDeltas = true;
        this.#stretchOf(event);
        this.#say(textIn(event, "delta") ?? "", event["logprobs"], this.#phases.get(event["item_id"]) ?? this.#phases.get(event["output_index"]), parts);
        break;
      case "response.refusal.delta":
        this.#hasTextDeltas = true;
        this.#stretchOf(event);
        this.#refuse(textIn(event, "delta") ?? "", parts);
        break;
      case "response.reasoning_summary_part.added":
        if (this.#isThinking && event["summary_index"]) this.#think("\n\n", parts);
        break;
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        this.#think(textIn(event, "delta") ?? "", parts);
        break;
      case "response.output_item.added":
        this.#beginItem(recordIn(event, "item"), event["output_index"], parts);
        break;
      case "response.function_call_arguments.delta": {
        const text = textIn(event, "delta") ?? "";
        this.#characters += text.length;
        (this.#calls.get(event["output_index"]) ?? this.#calls.get(event["item_id"]))?.add(undefined, text, parts);
        break;
      }
      case "response.output_text.annotation.added": {
        const stretch = this.#stretchOf(event);
        stretch.sources++;
        parts.push(sourceOf(recordIn(event, "annotation"), stretch.start));
        break;
      }
      case "response.output_item.done":
        this.#endItem(recordIn(event, "item"), event["output_index"], parts);
        break;
      case "response.created":
        this.#note(recordIn(event, "response"));
        break;
      case "error":
        throw refusal(this.#connection, event["error"] ?? event);
      default:
        if (terminal.has(type)) this.#finish({ status: type.slice("response.".length), ...recordIn(event, "response") }, parts);
        else if (event["error"]) throw refusal(this.#connection, event["error"]);
    }
  }

  #note(response: JsonRecord): void {
    this.#id = textIn(response, "id") ?? this.#id;
    this.#model = textIn(response, "model") ?? this.#model;
    this.#usage = usageOf(response["usage"]) ?? this.#usage;
  }

  #beginItem(item: JsonRecord, index: unknown, parts: Part[]): void {
    if (item["type"] === "message") for (const key of [index, item["id"]]) if (key !== undefined) this.#phases.set(key, phaseOf(item));
    if (item["type"] !== "function_call") return;
    const call = new ToolCallText(textIn(item, "call_id") ?? textIn(item, "id") ?? `call-${String(index)}`, 0);
    this.#hasCalls = true;
    for (const key of [index, item["id"]]) if (key !== undefined) this.#calls.set(key, call);
    call.add(textIn(item, "name"), textIn(item, "arguments") ?? "", parts);
  }

  /** An item is whole: what none of its deltas told is told now. */
  #endItem(item: JsonRecord, index: unknown, parts: Part[]): void {
    this.#hasItems = true;
    const type = textIn(item, "type") ?? "unknown";
    if (type === "function_call") this.#endCall(item, index, parts);
    else if (type === "reasoning") this.#endReasoning(item, parts);
    else if (type === "message") recordsOf(item["content"]).forEach((content, place) => this.#endContent(content, `${String(index)}/${place}`, phaseOf(item), parts));
    else this.#leftOut.warn(type, parts);
  }

  #endCall(item: JsonRecord, index: unknown, parts: Part[]): void {
    const find = (): ToolCallText | undefined => this.#calls.get(index) ?? this.#calls.get(item["id"]);
    if (!find()) this.#beginItem(item, index, parts);
    const call = find();
    if (!call) return;
    const text = textIn(item, "arguments");
    if (text !== undefined) call.replace(text);
    parts.push(call.whole(item["status"] === "incomplete"));
    for (const key of [index, item["id"]]) this.#calls.delete(key);
  }

  #endContent(content: JsonRecord, key: string, phase: TextPhase | undefined, parts: Part[]): void {
    const known = this.#stretches.get(key);
    if (!known && this.#hasTextDeltas) return; // a server that numbers its deltas in another way
    const stretch = known ?? this.#newStretch(key);
    if (!known && content["type"] === "refusal") this.#refuse(textIn(content, "refusal") ?? "", parts);
    else if (!known) this.#say(textIn(content, "text") ?? "", content["logprobs"], phase, parts);
    for (const annotation of recordsOf(content["annotations"]).slice(stretch.sources)) parts.push(sourceOf(annotation, stretch.start));
  }

  #endReasoning(item: JsonRecord, parts: Part[]): void {
    const pieces = recordsOf(item["summary"]).length > 0 ? recordsOf(item["summary"]) : recordsOf(item["content"]);
    const text = pieces.map((piece) => textIn(piece, "text") ?? "").join("\n\n");
    if (!this.#isThinking) this.#think(text, parts);
    this.#isThinking = false;
    const [id, encrypted] = [textIn(item, "id"), textIn(item, "encrypted_content")];
    if (text === "" && encrypted === undefined) return;
    parts.push({ type: "reasoning", text, ...(id !== undefined && { signature: id }), ...(encrypted !== undefined && { encrypted }) });
  }

  #finish(response: JsonRecord, parts: Part[]): void {
    this.#note(response);
    const status = textIn(response, "status");
    if (status === "failed") throw refusal(this.#connection, response["error"] ?? { message: "the response failed" });
    if (status === "cancelled") throw new StageError("canceled", `${this.#connection.provider}: the response was cancelled`, { reason: "truncated" });
    this.#isOver = true;
    // Some servers tell all of it at the end alone.
    if (!this.#hasItems && this.#characters === 0 && !this.#hasCalls) recordsOf(response["output"]).forEach((item, index) => this.#endItem(item, index, parts));
    for (const call of new Set(this.#calls.values())) if (call.hasName) parts.push(call.whole(status === "incomplete"));
    const raw = status === "incomplete" ? (textIn(recordIn(response, "incomplete_details"), "reason") ?? status) : (status ?? "completed");
    const answer = { ...(this.#id !== undefined && { id: this.#id }), ...(this.#model !== undefined && { model: this.#model }) };
    parts.push({
      type: "finish",
      reason: finishReasonOf(raw, this.#hasCalls),
      usage: this.#usage ?? estimatedUsage(this.#request, this.#characters),
      ...(Object.keys(answer).length > 0 && { response: answer }),
    });
  }

  #say(text: string, logprobs: unknown, phase: TextPhase | undefined, parts: Part[]): void {
    this.#length += text.length;
    this.#characters += text.length;
    const tokens = logprobs ? logprobsOf(logprobs) : undefined;
    if (text === "" && !tokens) return;
    const delta: Part = tokens ? { type: "text-delta", text, logprobs: tokens } : { type: "text-delta", text };
    parts.push(phase === undefined ? delta : { ...delta, phase });
  }

  #refuse(text: string, parts: Part[]): void {
    this.#characters += text.length;
    if (text !== "") parts.push({ type: "refusal-delta", text });
  }

  #think(text: string, parts: Part[]): void {
    this.#characters += text.length;
    this.#isThinking = true;
    if (text !== "") parts.push({ type: "reasoning-delta", text });
  }

  #stretchOf(event: JsonRecord): Stretch {
    const key = `${numberIn(event, "output_index")}/${numberIn(event, "content_index") ?? 0}`;
    return this.#stretches.get(key) ?? this.#newStretch(key);
  }

  #newStretch(key: string): Stretch {
    const stretch = { start: this.#length, sources: 0 };
    this.#stretches.set(key, stretch);
    return stretch;
  }
}
