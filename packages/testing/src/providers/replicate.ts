/** Replicate on this machine: models with their schemas, predictions that take a while, streams and files. */
import { z } from "zod";
import { fakeProvider, type FakeProvider } from "./fake-provider.js";
import type { FakeReply } from "./fake-reply.js";
import { jsonOf, type FakeRequest } from "./fake-request.js";
import type { FakeHandler } from "./fake-routes.js";
import { inputFault, replicateDescription, replicateModels, replicateWords, type FakeModel } from "./replicate-models.js";
import { sse } from "./sse.js";

/** Routes of the fake, to put faults on. */
export const replicateRoutes = {
  model: "GET /v1/models/:owner/:name",
  version: "GET /v1/models/:owner/:name/versions/:version",
  predict: "POST /v1/models/:owner/:name/predictions",
  predictVersion: "POST /v1/predictions",
  prediction: "GET /v1/predictions/:id",
  cancel: "POST /v1/predictions/:id/cancel",
  stream: "GET /v1/stream/:id",
  upload: "POST /v1/files",
  file: "GET /delivery/:file",
} as const;

interface FakePrediction {
  readonly id: string;
  readonly name: string;
  readonly model: FakeModel;
  readonly input: Readonly<Record<string, unknown>>;
  readonly host: string;
  /** How often it was asked about. */
  looks: number;
  status: "starting" | "processing" | "succeeded" | "failed" | "canceled";
}

/** What a request for a prediction may hold. */
const order = z.strictObject({
  input: z.record(z.string(), z.unknown()),
  version: z.string().optional(),
  stream: z.boolean().optional(),
  webhook: z.url().optional(),
  webhook_events_filter: z.array(z.enum(["start", "output", "logs", "completed"])).optional(),
});

const png = new Uint8Array(Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64"));
const mp4 = new Uint8Array(Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from("ftypisom\0\0\x02\0isomiso2", "latin1"), Buffer.alloc(2000, 7)]));

/** The bodies of the fake's files, and the events of its first model's stream. */
export const replicateReplies = {
  png,
  mp4,
  stream: eventsOf(replicateWords).join(""),
};

/**
 * Starts a fake Replicate, over the models of `replicateModels`. A prediction is through when it was asked about for the third time;
 * one whose prompt is `fail: ...` fails with these words. Requests without the token get 401, those that are not as published 422.
 */
export function fakeReplicate({ token = "r8_fake" }: { readonly token?: string } = {}): Promise<FakeProvider> {
  const predictions = new Map<string, FakePrediction>();
  const known = (handler: FakeHandler): FakeHandler => (request, turn) => {
    if (request.headers.get("authorization") === `Bearer ${token}`) return handler(request, turn);
    return problem(401, "Unauthenticated", "You did not pass a valid authentication token");
  };
  const withPrediction = (handler: (prediction: FakePrediction) => FakeReply): FakeHandler => ({ params }) => {
    const found = predictions.get(params["id"] ?? "");
    return found ? handler(found) : problem(404, "Not found", "The requested resource could not be found.");
  };
  const begin = (request: FakeRequest, name: string, input: unknown): FakeReply => {
    const model = replicateModels.get(name);
    if (!model) return problem(404, "Not found", "The requested resource could not be found.");
    const fault = inputFault(model, input);
    if (fault) return problem(422, "Input validation failed", fault);
    const prediction: FakePrediction = { id: `p${String(predictions.size + 1).padStart(8, "0")}`, name, model, input: input as Record<string, unknown>, host: request.headers.get("host") ?? "", looks: 0, status: "starting" };
    predictions.set(prediction.id, prediction);
    if (request.headers.get("prefer")?.startsWith("wait") && !model.isEndless) prediction.looks = 3;
    return { status: 201, body: told(prediction) };
  };
  return fakeProvider({
    [replicateRoutes.model]: known(({ params }) => {
      const name = `${params["owner"]}/${params["name"]}`;
      const model = replicateModels.get(name);
      if (!model) return problem(404, "Not found", "The requested resource could not be found.");
      return { body: { url: `https://replicate.com/${name}`, ...params, visibility: "public", is_official: true, run_count: 1, latest_version: { id: "v1", created_at: created, cog_version: "0.9.0", openapi_schema: replicateDescription(model) } } };
    }),
    [replicateRoutes.version]: known(({ params }) => {
      const model = params["version"] === "v1" ? replicateModels.get(`${params["owner"]}/${params["name"]}`) : undefined;
      return model ? { body: { id: "v1", created_at: created, cog_version: "0.9.0", openapi_schema: replicateDescription(model) } } : problem(404, "Not found", "The requested resource could not be found.");
    }),
    [replicateRoutes.predict]: known((request) => {
      const found = order.safeParse(jsonOf(request));
      if (!found.success || found.data.version !== undefined) return problem(422, "Validation failed", "The body is not one of a prediction with an official model.");
      return begin(request, `${request.params["owner"]}/${request.params["name"]}`, found.data.input);
    }),
    [replicateRoutes.predictVersion]: known((request) => {
      const found = order.safeParse(jsonOf(request));
      if (!found.success || found.data.version !== "v1") return problem(422, "Invalid version or not permitted", "The specified version does not exist (or perhaps you don't have permission to use it?)");
      const { input } = found.data;
      const [name = ""] = [...replicateModels].find(([, model]) => inputFault(model, input) === undefined) ?? [];
      return begin(request, name, input);
    }),
    [replicateRoutes.prediction]: known(withPrediction((prediction) => {
      prediction.looks++;
      return { body: told(prediction) };
    })),
    [replicateRoutes.cancel]: known(withPrediction((prediction) => {
      if (prediction.status === "starting" || prediction.status === "processing") prediction.status = "canceled";
      return { body: told(prediction) };
    })),
    [replicateRoutes.stream]: withPrediction((prediction) => {
      const failure = failureOf(prediction);
      if (failure !== undefined) return events([...sse([{ event: "error", data: { detail: failure } }, { event: "done", data: { reason: "error" } }])]);
      prediction.looks = 3;
      return events("pieces" in prediction.model.output ? eventsOf(prediction.model.output.pieces) : []);
    }),
    [replicateRoutes.upload]: known(async (request) => {
      const content = (await request.form()).get("content");
      if (!(content instanceof File)) return problem(422, "Validation failed", "Missing content");
      return { status: 201, body: { id: "f1", name: content.name, content_type: content.type, size: content.size, checksums: { sha256: "0" }, metadata: {}, created_at: created, expires_at: null, urls: { get: `http://${request.headers.get("host")}/v1/files/f1` } } };
    }),
    [replicateRoutes.file]: ({ params }) => ({ headers: { "content-type": params["file"]?.endsWith(".mp4") ? "video/mp4" : "image/png", "content-length": String((params["file"]?.endsWith(".mp4") ? mp4 : png).length) }, body: params["file"]?.endsWith(".mp4") ? mp4 : png }),
  });
}

const created = "2026-01-02T03:04:05.678Z";

const problem = (status: number, title: string, detail: string): FakeReply => ({ status, headers: { "content-type": "application/problem+json" }, body: JSON.stringify({ title, detail, status }) });

function failureOf({ input }: FakePrediction): string | undefined {
  const { prompt } = input;
  const [, words] = typeof prompt === "string" ? (/^fail: (.*)$/s.exec(prompt) ?? []) : [];
  return words;
}

/** The prediction as it is told: a step further with each look. */
function told(prediction: FakePrediction): object {
  const { id, name, model, input, host, looks } = prediction;
  const failure = failureOf(prediction);
  if (prediction.status !== "canceled") {
    const isThrough = looks >= 3 && !model.isEndless;
    prediction.status = looks === 0 ? "starting" : isThrough ? (failure === undefined ? "succeeded" : "failed") : "processing";
  }
  const { status } = prediction;
  return {
    id,
    model: name,
    version: "hidden",
    input,
    logs: looks === 0 ? "" : `Using seed: 7\n${looks * 30}%|███       | ${looks * 3}/10 [00:01<00:02,  3.2it/s]\n`,
    output: outputOf(model, host, status, looks),
    data_removed: false,
    error: status === "failed" ? failure : null,
    source: "api",
    status,
    created_at: created,
    ...(status === "succeeded" && { metrics: model.metrics ?? { predict_time: 1.5 }, completed_at: created }),
    urls: { cancel: `https://api.replicate.com/v1/predictions/${id}/cancel`, get: `https://api.replicate.com/v1/predictions/${id}`, ...(model.streams && { stream: `http://${host}/v1/stream/${id}` }), web: `https://replicate.com/p/${id}` },
  };
}

/** The pieces of a text grow with each look; all else is there at the end. */
function outputOf({ output }: FakeModel, host: string, status: string, looks: number): unknown {
  if ("pieces" in output && looks > 0) return status === "succeeded" ? output.pieces : output.pieces.slice(0, looks * 2);
  if (status !== "succeeded") return null;
  if ("files" in output) return output.files.map((file) => `http://${host}/delivery/${file}`);
  if (!("value" in output)) return null;
  return typeof output.value === "string" ? `http://${host}/delivery/${output.value}` : output.value;
}

function eventsOf(pieces: readonly string[]): readonly string[] {
  return sse([...pieces.map((data, index) => ({ event: "output", id: `1690212292:${index}`, data })), { event: "done", id: "1690212293:0", data: {} }]);
}

const events = (body: readonly string[]): FakeReply => ({ headers: { "content-type": "text/event-stream; charset=utf-8" }, body });
