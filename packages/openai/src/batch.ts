/** Chats in batches, over the Batch API. */
import { from, outputStream, StageError, type Stream, unary } from "@iftk/core";
import { type ChatOptions, reply } from "@iftk/inference";
import { type BatchItem, type BatchJobs, type BatchResult, type BatchStatus, jsonLines } from "@iftk/inference/batch";
import { providerError } from "@iftk/inference/http";
import type { OpenAI } from "openai";
import { type ChatApi, chatApiAt, chatModel } from "./chat-api.js";
import type { Connection } from "./client.js";
import { failureOf, malformed } from "./failure.js";
import { isRecord, numberIn, recordIn, recordsOf, textIn, type JsonRecord } from "./record.js";
import { recordOf, send } from "./send.js";

/** Bytes of a file that describes a batch. */
const largestFile = 200_000_000;

/** States in which a batch has all the results that it will ever have. */
const ended: ReadonlySet<string> = new Set(["completed", "failed", "expired", "cancelled"]);

/**
 * The Batch API for a model of chat. What is sent is kept by the provider as a file, for 30 days.
 *
 * @throws StageError `invalid_argument` for options that are none.
 */
export function batch(connection: Connection, options: ChatOptions): BatchJobs {
  const { provider } = connection;
  const { api, write } = chatModel(connection, options);
  const url = `/v1${api.path}`;

  function lineOf({ id, request }: BatchItem): string {
    if (!/^[\w-]{1,64}$/u.test(id)) throw new StageError("invalid_argument", `${provider}: the id ${JSON.stringify(id.slice(0, 80))} of an item is not 1 to 64 letters, digits, _ and -`);
    return `${JSON.stringify({ custom_id: id, method: "POST", url, body: write(request, false).body })}\n`;
  }

  const ask = async (signal: AbortSignal, request: Parameters<typeof send>[2]): Promise<JsonRecord> => recordOf(connection, await send(connection, signal, request), signal);
  const look = (id: string, signal: AbortSignal): Promise<JsonRecord> => ask(signal, (sdk, how) => sdk.batches.retrieve(id, how));

  return {
    mostItems: 50_000,
    check: (item) => void lineOf(item),
    submit: unary(async function submitBatch(items: readonly BatchItem[], { signal }) {
      const lines = new Map(items.map((item) => [item.id, lineOf(item)]));
      if (lines.size < items.length) throw new StageError("invalid_argument", `${provider}: two items of the batch have the same id`);
      const file = new File([...lines.values()], "batch.jsonl", { type: "application/jsonl" });
      if (file.size > largestFile) throw new StageError("invalid_argument", `${provider}: the batch is larger than ${largestFile} bytes; send fewer items at once`, { reason: "too-large" });
      const uploaded = await ask(signal, (sdk, how) => sdk.files.create({ file, purpose: "batch" }, how));
      const body = { input_file_id: idOf(connection, uploaded), endpoint: url, completion_window: "24h" } as OpenAI.BatchCreateParams;
      return { id: idOf(connection, await ask(signal, (sdk, how) => sdk.batches.create(body, how))) };
    }),
    status: unary(async function batchStatus(id: string, { signal }) {
      return statusOf(connection, await look(id, signal));
    }),
    results: outputStream(async function* batchResults(id: string, { signal }): Stream<BatchResult> {
      const found = await look(id, signal);
      const { state } = statusOf(connection, found);
      if (state !== "ended") throw new StageError("failed_precondition", `${provider}: the batch ${id} is still ${state}; its results come when it has ended`);
      yield* resultsOf(connection, found, chatApiAt(textIn(found, "endpoint") ?? "") ?? api, signal);
    }),
    cancel: unary(async function cancelBatch(id: string, { signal }) {
      await ask(signal, (sdk, how) => sdk.batches.cancel(id, how));
    }),
  };
}

function idOf(connection: Connection, value: JsonRecord): string {
  const id = textIn(value, "id");
  if (id === undefined) throw malformed(connection, "it has no id");
  return id;
}

function statusOf(connection: Connection, found: JsonRecord): BatchStatus {
  const raw = textIn(found, "status");
  if (raw === undefined) throw malformed(connection, "the batch has no status");
  const counts = recordIn(found, "request_counts");
  const [total = 0, completed = 0, failed = 0] = ["total", "completed", "failed"].map((name) => numberIn(counts, name));
  const state = ended.has(raw) ? "ended" : raw === "cancelling" ? "canceling" : "running";
  return { id: idOf(connection, found), raw, state, total, done: completed + failed, failed };
}

/** The results of a batch that has ended: those of its two files, and then an error for each item that neither has. */
async function* resultsOf(connection: Connection, found: JsonRecord, api: ChatApi, signal: AbortSignal): Stream<BatchResult> {
  const { id, raw, total } = statusOf(connection, found);
  const counts = recordIn(found, "request_counts");
  const seen = new Set<string>();
  for (const [field, count] of [["output_file_id", numberIn(counts, "completed")], ["error_file_id", 0]] as const) {
    const before = seen.size;
    const file = textIn(found, field);
    for await (const line of linesOf(connection, file, `the results of ${id}`, signal)) {
      const result = await resultOf(connection, api, line);
      seen.add(result.id);
      yield result;
    }
    if (seen.size - before < (count ?? 0)) throw new StageError("unavailable", `${connection.provider}: the results of ${id} ended after ${seen.size - before} of ${count}`, { reason: "truncated" });
  }
  if (raw !== "failed" && seen.size >= total) return;
  if (raw === "completed") throw new StageError("unavailable", `${connection.provider}: the results of ${id} ended after ${seen.size} of ${total}`, { reason: "truncated" });
  const faults = recordsOf(recordIn(found, "errors")["data"]);
  let number = 0;
  for await (const line of linesOf(connection, textIn(found, "input_file_id"), `the items of ${id}`, signal)) {
    number++;
    const item = textIn(line, "custom_id");
    const fault = faults.find((one) => one["line"] === number) ?? faults[0];
    if (item !== undefined && !seen.has(item)) yield { type: "result", id: item, error: leftOut(connection, raw, fault) };
  }
}

/** The lines of a file of the provider; none where there is no such file. */
async function* linesOf(connection: Connection, file: string | undefined, what: string, signal: AbortSignal): AsyncGenerator<JsonRecord, void, undefined> {
  if (!file) return;
  const { body } = await send(connection, signal, (sdk, how) => sdk.files.content(file, how));
  if (!body) return;
  const subject = `${connection.provider}: ${what}`;
  try {
    for await (const line of jsonLines({ subject })(from(body), { signal })) {
      if (!isRecord(line)) throw malformed(connection, `a line of ${what} is no object`);
      yield line;
    }
  } catch (error) {
    throw StageError.is(error) ? error : failureOf(connection, error, signal);
  }
}

async function resultOf(connection: Connection, api: ChatApi, line: JsonRecord): Promise<BatchResult> {
  const id = textIn(line, "custom_id");
  if (id === undefined) throw malformed(connection, "a result has no custom_id");
  const { status_code: status, body } = recordIn(line, "response");
  if (isRecord(line["error"])) return { type: "result", id, error: itemFailure(connection, line["error"]) };
  if (typeof status === "number" && status >= 300) return { type: "result", id, error: providerError({ provider: connection.provider, status, body: JSON.stringify(body), secrets: connection.secrets() }) };
  try {
    return { type: "result", id, reply: await reply(from(api.read(connection, { messages: [{ role: "user", content: "" }] }).takeWhole(body))) };
  } catch (error) {
    return { type: "result", id, error: StageError.from(error) };
  }
}

function itemFailure(connection: Connection, error: JsonRecord): StageError {
  const { provider } = connection;
  switch (error["code"]) {
    case "batch_expired":
      return new StageError("deadline_exceeded", `${provider}: the batch ended, after its 24 hours, before this item`, { reason: "expired" });
    case "batch_cancelled":
      return new StageError("canceled", `${provider}: the batch was cancelled before this item`);
    case "request_timeout":
      return new StageError("deadline_exceeded", `${provider}: the model took too long for this item`, { reason: "timeout" });
    default:
      return providerError({ provider, body: JSON.stringify({ error }), secrets: connection.secrets() });
  }
}

/** The error for an item that was not asked, by how its batch ended. */
function leftOut(connection: Connection, raw: string, fault: JsonRecord | undefined): StageError {
  if (raw === "expired" || raw === "cancelled") return itemFailure(connection, { code: `batch_${raw}` });
  return providerError({ provider: connection.provider, status: 400, body: JSON.stringify({ error: fault ?? { message: "the provider refused the batch" } }), secrets: connection.secrets() });
}
