/** OpenAI's APIs of files and batches. */
import { z } from "zod";
import type { FakeReply } from "./fake-reply.js";
import type { FakeRequest } from "./fake-request.js";
import type { FakeRoutes } from "./fake-routes.js";
import { formFields } from "./openai-media.js";
import { created } from "./openai-reply.js";
import { invalidRequest, openaiRoute } from "./openai-route.js";

/** How batches go on. */
export interface FakeOpenaiBatches {
  /** Looks at a batch after which it has ended; 1 by default. */
  readonly looks?: number;
  /** Requests that are done before the batch expires; all by default, and then it does not. */
  readonly expiresAfter?: number;
}

const fileForm = z.strictObject({ file: z.instanceof(File).refine(({ name }) => name.endsWith(".jsonl"), "expected a file with the extension jsonl"), purpose: z.literal("batch") });
const batchBody = z.strictObject({
  input_file_id: z.string(),
  endpoint: z.enum(["/v1/responses", "/v1/chat/completions", "/v1/completions"]),
  completion_window: z.literal("24h"),
  metadata: z.record(z.string(), z.string()).optional(),
});
const requestLine = z.strictObject({ custom_id: z.string().min(1), method: z.literal("POST"), url: z.string(), body: z.looseObject({ stream: z.literal(false).optional() }) });
type RequestLine = z.output<typeof requestLine>;

interface Batch {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly lines: readonly RequestLine[];
  looks: number;
  state: Readonly<Record<string, unknown>>;
}

/** The routes of files and batches. The requests of a batch are answered by these routes of chats when it ends. */
export function openaiBatchRoutes(chats: FakeRoutes, { looks = 1, expiresAfter }: FakeOpenaiBatches = {}, key?: string): FakeRoutes {
  const files = new Map<string, string>();
  const batches = new Map<string, Batch>();
  const keep = (text: string): string => {
    const id = `file-${String(files.size).padStart(22, "0")}`;
    files.set(id, text);
    return id;
  };
  const withBatch = (handle: (batch: Batch, request: FakeRequest) => FakeReply | Promise<FakeReply>) =>
    openaiRoute(key, (request) => {
      const batch = batches.get(request.params["id"] ?? "");
      return batch ? handle(batch, request) : notFound(`No batch found with id '${request.params["id"]}'.`);
    });

  /** Answers the requests, all or as many as there is time for, and gives the batch as it then is. */
  async function ending({ lines }: Batch, request: FakeRequest, done: number, status: "completed" | "expired" | "cancelled"): Promise<Batch["state"]> {
    const [output, errors]: [string[], string[]] = [[], []];
    for (const [index, line] of lines.entries()) {
      const common = { id: `batch_req_${index}`, custom_id: line.custom_id };
      if (index >= done) {
        errors.push(JSON.stringify({ ...common, response: null, error: { code: `batch_${status}`, message: `This request was not executed: the batch is ${status}.` } }));
        continue;
      }
      const reply = await chats[`POST ${line.url}`]?.({ ...request, method: "POST", path: line.url, json: () => line.body }, index);
      const answered = { ...common, response: { status_code: reply?.status ?? 200, request_id: `req_${index}`, body: reply?.body }, error: null };
      ((reply?.status ?? 200) < 300 ? output : errors).push(JSON.stringify(answered));
    }
    const file = (name: string, of: readonly string[]): object => (of.length > 0 ? { [name]: keep(`${of.join("\n")}\n`) } : {});
    // Requests without an answer are not counted.
    const failed = errors.length - Math.max(0, lines.length - done);
    return { status, request_counts: { total: lines.length, completed: output.length, failed }, ...file("output_file_id", output), ...file("error_file_id", errors) };
  }

  return {
    "POST /v1/files": openaiRoute(key, async (request) => {
      const { success, data, error } = fileForm.safeParse(await formFields(request));
      if (!success) return invalidRequest(error);
      const text = await data.file.text();
      return { body: { id: keep(text), object: "file", bytes: data.file.size, created_at: created, filename: data.file.name, purpose: "batch", status: "processed" } };
    }),
    "GET /v1/files/:id/content": openaiRoute(key, ({ params: { id = "" } }) => {
      const text = files.get(id);
      return text === undefined ? notFound(`No such File object: ${id}`) : { headers: { "content-type": "application/octet-stream" }, body: text.split(/(?<=\n)/u) };
    }),
    "POST /v1/batches": openaiRoute(key, (request) => {
      const { success, data, error } = batchBody.safeParse(request.json());
      if (!success) return invalidRequest(error);
      const text = files.get(data.input_file_id);
      if (text === undefined) return notFound(`No such File object: ${data.input_file_id}`);
      const { lines, faults } = linesOf(text, data.endpoint);
      const id = `batch_${String(batches.size).padStart(32, "0")}`;
      const fields = { id, object: "batch", ...data, created_at: created, expires_at: created + 86_400 };
      const state = faults.length > 0 ? { status: "failed", errors: { object: "list", data: faults }, request_counts: { total: 0, completed: 0, failed: 0 } } : running(lines);
      batches.set(id, { fields, lines, looks: 0, state });
      return { body: { ...fields, status: "validating", errors: null, output_file_id: null, error_file_id: null, request_counts: { total: 0, completed: 0, failed: 0 } } };
    }),
    "GET /v1/batches/:id": withBatch(async (batch, request) => {
      batch.looks++;
      if (batch.state["status"] === "cancelling") batch.state = await ending(batch, request, 0, "cancelled");
      else if (batch.state["status"] === "in_progress" && batch.looks >= looks) batch.state = await ending(batch, request, expiresAfter ?? Infinity, expiresAfter === undefined ? "completed" : "expired");
      return { body: { ...batch.fields, errors: null, output_file_id: null, error_file_id: null, ...batch.state } };
    }),
    "POST /v1/batches/:id/cancel": withBatch((batch) => {
      if (batch.state["status"] === "in_progress") batch.state = { ...batch.state, status: "cancelling" };
      return { body: { ...batch.fields, ...batch.state } };
    }),
  };
}

const running = (lines: readonly RequestLine[]): Batch["state"] => ({ status: "in_progress", request_counts: { total: lines.length, completed: 0, failed: 0 } });

const notFound = (message: string): FakeReply => ({ status: 404, body: { error: { message, type: "invalid_request_error", param: "id", code: null } } });

/** The requests of a file, and what is wrong with them. */
function linesOf(text: string, endpoint: string): { readonly lines: readonly RequestLine[]; readonly faults: readonly object[] } {
  const lines: RequestLine[] = [];
  const faults: object[] = [];
  const ids = new Set<string>();
  const refuse = (line: number, code: string, message: string): void => void faults.push({ code, message, param: null, line });
  for (const [index, json] of text.trimEnd().split("\n").entries()) {
    const { success, data } = requestLine.safeParse(JSON.parse(json));
    if (!success) refuse(index + 1, "invalid_json_line", "This line is not a valid request.");
    else if (ids.has(data.custom_id)) refuse(index + 1, "duplicate_custom_id", `The custom_id '${data.custom_id}' was used before.`);
    else if (data.url !== endpoint) refuse(index + 1, "mismatched_endpoint", "The URL is not the endpoint of the batch.");
    else lines.push(data);
    if (success) ids.add(data.custom_id);
  }
  const models = new Set(lines.map(({ body }) => body["model"]));
  if (models.size > 1) refuse(1, "mismatched_model", "All requests of a batch have the same model.");
  return { lines, faults };
}
