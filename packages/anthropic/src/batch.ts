/** Chats in batches, over the Message Batches API. */
import { from, outputStream, StageError, unary, type Stream } from "@iftk/core";
import { reply, type ChatOptions } from "@iftk/inference";
import { jsonLines, type BatchItem, type BatchJobs, type BatchResult, type BatchStatus } from "@iftk/inference/batch";
import { parseJson } from "@iftk/inference/http";
import { ChatParts, type WireMessage } from "./chat-parts.js";
import { messagesRequest, type MessagesRequest } from "./chat-request.js";
import type { AnthropicOptions, AnthropicRequest, Answer, Ask } from "./client.js";
import { anthropicFailure, provider, toldFailure } from "./failure.js";

const path = "/v1/messages/batches";

/** A batch as the API tells of it. */
interface WireBatch {
  readonly id?: unknown;
  readonly processing_status?: unknown;
  readonly request_counts?: Readonly<Record<string, number>>;
}

/** One line of the results. */
interface WireResult {
  readonly custom_id?: string;
  readonly result?: { readonly type?: string; readonly message?: WireMessage; readonly error?: unknown };
}

/** Gives the batch API for the model. */
export function batchOf(ask: Ask, options: ChatOptions, settings: Pick<AnthropicOptions, "citations">): BatchJobs {
  const requestOf = ({ id, request }: BatchItem): MessagesRequest => {
    if (!/^[\w-]{1,64}$/.test(id)) throw new StageError("invalid_argument", `${provider}: the id ${JSON.stringify(id.slice(0, 80))} of an item is not 1 to 64 letters, digits, _ and -`);
    return messagesRequest(options, request, settings);
  };
  return {
    mostItems: 100_000,
    check: (item) => void requestOf(item),
    submit: unary(async function submitBatch(items: readonly BatchItem[], { signal }) {
      const requests = new Map(items.map((item) => [item.id, requestOf(item)]));
      if (requests.size < items.length) throw new StageError("invalid_argument", `${provider}: two items of the batch have the same id`);
      const version = [...requests.values()].find((one) => one.version !== undefined)?.version;
      const body = { requests: Array.from(requests, ([custom_id, { body: params }]) => ({ custom_id, params })) };
      const batch = await askJson(ask, { method: "post", path, body, version }, signal);
      return { id: statusOf(batch).id };
    }),
    status: unary(async function batchStatus(id: string, { signal }) {
      return statusOf(await askJson(ask, { method: "get", path: pathOf(id) }, signal));
    }),
    results: outputStream(async function* batchResults(id: string, { signal }): Stream<BatchResult> {
      const { state, total } = statusOf(await askJson(ask, { method: "get", path: pathOf(id) }, signal));
      if (state !== "ended") throw new StageError("failed_precondition", `${provider}: the batch ${id} is still ${state}; its results come when it has ended`);
      const answer = await ask({ method: "get", path: `${pathOf(id)}/results` }, signal);
      let count = 0;
      for await (const line of jsonLines({ subject: `${provider}: the results of ${id}` })(bytesOf(answer, signal), { signal })) {
        count++;
        yield await resultOf(line as WireResult | null, answer.secrets);
      }
      if (count < total) throw new StageError("unavailable", `${provider}: the results of ${id} ended after ${count} of ${total}`, { reason: "truncated" });
    }),
    cancel: unary(async function cancelBatch(id: string, { signal }) {
      await askJson(ask, { method: "post", path: `${pathOf(id)}/cancel` }, signal);
    }),
  };
}

const pathOf = (id: string): string => `${path}/${encodeURIComponent(id)}`;

async function askJson(ask: Ask, request: AnthropicRequest, signal: AbortSignal): Promise<WireBatch> {
  const { response, secrets } = await ask(request, signal);
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    throw anthropicFailure(error, { signal, secrets });
  }
  const value = parseJson(provider, text);
  if (typeof value !== "object" || value === null) throw malformed("a batch is no object");
  if ("error" in value) throw toldFailure(text, secrets);
  return value;
}

async function* bytesOf({ response, secrets }: Answer, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (response.body) yield* from(response.body);
  } catch (error) {
    throw anthropicFailure(error, { signal, secrets });
  }
}

function statusOf({ id, processing_status: raw, request_counts: counts = {} }: WireBatch): BatchStatus {
  if (typeof id !== "string" || typeof raw !== "string") throw malformed("a batch has no id or no status");
  const { processing = 0, succeeded = 0, errored = 0, canceled = 0, expired = 0 } = counts;
  const failed = errored + canceled + expired;
  const done = succeeded + failed;
  return { id, raw, state: raw === "ended" ? "ended" : raw === "canceling" ? "canceling" : "running", total: processing + done, done, failed };
}

const malformed = (what: string): StageError => new StageError("unavailable", `${provider}: ${what}`, { reason: "malformed" });

async function resultOf(line: WireResult | null, secrets: readonly string[]): Promise<BatchResult> {
  const { custom_id: id, result } = line ?? {};
  if (typeof id !== "string" || !result) throw malformed("a result of a batch has no id or no content");
  if (result.type !== "succeeded" || !result.message) return { type: "result", id, error: failureOf(result, secrets) };
  try {
    return { type: "result", id, reply: await reply(from(new ChatParts().whole(result.message))) };
  } catch (error) {
    return { type: "result", id, error: StageError.from(error) };
  }
}

function failureOf({ type, error }: NonNullable<WireResult["result"]>, secrets: readonly string[]): StageError {
  if (type === "errored") return toldFailure(JSON.stringify(error ?? {}), secrets);
  if (type === "canceled") return new StageError("canceled", `${provider}: the batch was cancelled before this item`);
  if (type === "expired") return new StageError("deadline_exceeded", `${provider}: the batch ended, after its 24 hours, before this item`, { reason: "expired" });
  return new StageError("unknown", `${provider}: the result of an item is of the unknown type ${JSON.stringify(type)}`);
}
