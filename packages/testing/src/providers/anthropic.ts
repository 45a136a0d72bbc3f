/** A fake of Anthropic: messages, streamed and not, and batches of them. */
import { anthropicEvents, anthropicMessage, type AnthropicEventsOptions, type AnthropicMessage, type AnthropicSays } from "./anthropic-events.js";
import { anthropicBatchBody, anthropicBody, type AnthropicBody } from "./anthropic-requests.js";
import { fakeProvider, type FakeProvider } from "./fake-provider.js";
import type { FakeReply } from "./fake-reply.js";
import type { FakeRequest } from "./fake-request.js";
import type { FakeHandler } from "./fake-routes.js";
import { sse } from "./sse.js";

/** An error as the API tells of it. */
export interface AnthropicFault {
  readonly error: { readonly type: string; readonly message: string };
}

export interface FakeAnthropicOptions extends AnthropicEventsOptions {
  /** What the model says to a request, or the error it is refused with; by default it repeats the last message. `turn` counts the requests from 0. */
  readonly reply?: (body: AnthropicBody, turn: number) => AnthropicSays | AnthropicFault;
  /** The key that is accepted; any without it. */
  readonly key?: string;
  /** How often a batch is looked at before it has ended; twice by default. */
  readonly looks?: number;
}

interface FakeBatch {
  readonly id: string;
  readonly items: readonly { readonly custom_id: string; readonly params: unknown }[];
  looks: number;
  isCanceled: boolean;
  /** Undefined until it has ended. */
  results: readonly BatchLine[] | undefined;
}

/** One line of the results of a batch. */
interface BatchLine {
  readonly custom_id: string;
  readonly result: { readonly type: "succeeded" | "errored" | "canceled"; readonly message?: object; readonly error?: object };
}

/** Starts a fake of the API at the address that the base URL is to be. Requests that the API would refuse are refused as it does. */
export function fakeAnthropic({ reply = repeated, key, looks = 2, ...events }: FakeAnthropicOptions = {}): Promise<FakeProvider> {
  const batches = new Map<string, FakeBatch>();
  let count = 0;

  const guarded = (handler: FakeHandler): FakeHandler => (request, turn) => {
    const given = request.headers.get("x-api-key") ?? request.headers.get("authorization")?.replace(/^Bearer /, "");
    if (given === undefined || (key !== undefined && given !== key)) return refusal(401, "authentication_error", "invalid x-api-key");
    const version = request.headers.get("anthropic-version");
    if (version !== newestVersion && version !== oldVersion) return refusal(400, "invalid_request_error", "anthropic-version: a valid version is required");
    return handler(request, turn);
  };

  const ofBatch = (handler: (batch: FakeBatch) => FakeReply): FakeHandler => guarded(({ params }) => {
    const batch = batches.get(params["id"] ?? "");
    return batch ? handler(batch) : refusal(404, "not_found_error", `No message batch ${params["id"]} was found.`);
  });

  return fakeProvider({
    "POST /v1/messages": guarded((request, turn) => {
      const body = read(anthropicBody, request);
      if (!("error" in body) && request.headers.get("anthropic-version") === newestVersion && samplingOf(body)) return refusal(400, "invalid_request_error", `${samplingOf(body)}: Extra inputs are not permitted`);
      if ("error" in body) return { status: statuses.get(body.error.type) ?? 500, body: envelope(body) };
      const said = reply(body, turn);
      if ("error" in said) return { status: statuses.get(said.error.type) ?? 500, body: envelope(said) };
      const message = anthropicMessage(said, body.model, `msg_${turn}`);
      return { headers: { "request-id": `req_${turn}` }, body: body.stream ? sse(anthropicEvents(message, events)) : message };
    }),
    "POST /v1/messages/batches": guarded((request) => {
      const body = read(anthropicBatchBody, request);
      if ("error" in body) return { status: 400, body: envelope(body) };
      const batch: FakeBatch = { id: `msgbatch_${count++}`, items: body.requests, looks: 0, isCanceled: false, results: undefined };
      batches.set(batch.id, batch);
      return { body: told(batch) };
    }),
    "GET /v1/messages/batches/:id": ofBatch((batch) => {
      batch.looks++;
      if (batch.looks >= looks) batch.results ??= batch.items.map((item, turn) => resultOf(batch, item, turn, reply));
      return { body: told(batch) };
    }),
    "GET /v1/messages/batches/:id/results": ofBatch((batch) => {
      if (!batch.results) return refusal(400, "invalid_request_error", "The batch has not ended yet.");
      return { headers: { "content-type": "application/x-jsonl" }, body: batch.results.map((line) => `${JSON.stringify(line)}\n`) };
    }),
    "POST /v1/messages/batches/:id/cancel": ofBatch((batch) => {
      batch.isCanceled = true;
      return { body: told(batch) };
    }),
  });
}

const newestVersion = "2026-10-21";
const oldVersion = "2023-06-01";

/** The first field for sampling, which the newest version of the API takes no more. */
const samplingOf = (body: AnthropicBody): string | undefined => (["temperature", "top_p", "top_k"] as const).find((name) => body[name] !== undefined);

const statuses: ReadonlyMap<string, number> = new Map([
  ["invalid_request_error", 400], ["authentication_error", 401], ["billing_error", 402], ["permission_error", 403], ["not_found_error", 404],
  ["request_too_large", 413], ["rate_limit_error", 429], ["api_error", 500], ["timeout_error", 504], ["overloaded_error", 529],
]);

const envelope = ({ error }: AnthropicFault): object => ({ type: "error", error, request_id: "req_fake" });
const refusal = (status: number, type: string, message: string): FakeReply => ({ status, body: envelope({ error: { type, message } }) });

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] } };
}

function read<T>(schema: Schema<T>, request: Pick<FakeRequest, "text">): T | AnthropicFault {
  let value: unknown;
  try {
    value = JSON.parse(request.text);
  } catch {
    return invalid("The request body is not valid JSON.");
  }
  return check(schema, value);
}

function check<T>(schema: Schema<T>, value: unknown): T | AnthropicFault {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  return invalid(`${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
}

const invalid = (message: string): AnthropicFault => ({ error: { type: "invalid_request_error", message } });

function repeated({ messages }: AnthropicBody): AnthropicSays {
  const content = messages.at(-1)?.content;
  const text = typeof content === "string" ? content : (content ?? []).map((block) => ("text" in block ? block.text : `(${block.type})`)).join(" ");
  return { content: [{ type: "text", text }] };
}

/** The counts stay at zero until the batch has ended. */
function told(batch: FakeBatch): object {
  const hasEnded = batch.results !== undefined;
  const request_counts = { processing: hasEnded ? 0 : batch.items.length, succeeded: 0, errored: 0, canceled: 0, expired: 0 };
  for (const { result } of batch.results ?? []) request_counts[result.type]++;
  const processing_status = hasEnded ? "ended" : batch.isCanceled ? "canceling" : "in_progress";
  const date = "2026-01-01T00:00:00Z";
  return {
    id: batch.id, type: "message_batch", processing_status, request_counts, created_at: date, expires_at: "2026-01-02T00:00:00Z",
    ended_at: hasEnded ? date : null, archived_at: null, cancel_initiated_at: batch.isCanceled ? date : null,
    results_url: hasEnded ? `https://api.anthropic.com/v1/messages/batches/${batch.id}/results` : null,
  };
}

function resultOf({ isCanceled }: FakeBatch, { custom_id, params }: FakeBatch["items"][number], turn: number, reply: NonNullable<FakeAnthropicOptions["reply"]>): BatchLine {
  if (isCanceled) return { custom_id, result: { type: "canceled" } };
  const body = check(anthropicBody, params);
  const said = "error" in body ? body : reply(body, turn);
  if ("error" in said) return { custom_id, result: { type: "errored", error: envelope(said) } };
  const message: AnthropicMessage = anthropicMessage(said, "error" in body ? "" : body.model, `msg_${turn}`);
  return { custom_id, result: { type: "succeeded", message } };
}
