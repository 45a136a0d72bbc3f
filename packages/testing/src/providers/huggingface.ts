/** Hugging Face on this machine: its router, hf-inference, the hub's list of providers, and one of them. */
import type { z } from "zod";
import { fakeProvider, type FakeProvider } from "./fake-provider.js";
import type { FakeReply } from "./fake-reply.js";
import { jsonOf, type FakeRequest } from "./fake-request.js";
import type { FakeHandler } from "./fake-routes.js";
import { huggingfaceReplies } from "./huggingface-replies.js";
import { huggingfaceChatInput, huggingfaceFeatureInput, huggingfaceSpeechInput, huggingfaceTextGenerationInput, huggingfaceTextToImageInput } from "./huggingface-requests.js";

const { chat, textGeneration, tasks } = huggingfaceReplies;

/** Routes of the fake, to put faults on. */
export const huggingfaceRoutes = {
  chat: "POST /v1/chat/completions",
  task: "POST /hf-inference/models/:owner/:name",
  features: "POST /hf-inference/models/:owner/:name/pipeline/feature-extraction",
  hub: "GET /api/models/:owner/:name",
  togetherImages: "POST /together/v1/images/generations",
  togetherFeatures: "POST /together/v1/embeddings",
  image: "GET /images/fox.png",
} as const;

/**
 * Starts a fake Hugging Face. Models of hf-inference are named after their task, such as `any/text-to-image`; all others are
 * served by `together`, as the hub tells. Requests without the token get 401, those that are not as published 422.
 */
export function fakeHuggingface({ token = "hf_fake" }: { readonly token?: string } = {}): Promise<FakeProvider> {
  const known = (handler: FakeHandler): FakeHandler => (request, turn) => {
    if (request.headers.get("authorization") === `Bearer ${token}`) return handler(request, turn);
    return { status: 401, body: { error: "Invalid username or password." } };
  };
  const taken = (schema: z.ZodType, handler: (input: never, request: FakeRequest) => FakeReply): FakeHandler => known((request) => {
    const input = schema.safeParse(jsonOf(request));
    return input.success ? handler(input.data as never, request) : { status: 422, body: { error: `Failed to deserialize the JSON body: ${input.error.message}`, error_type: "validation" } };
  });
  return fakeProvider({
    [huggingfaceRoutes.chat]: taken(huggingfaceChatInput, chatReply),
    [huggingfaceRoutes.features]: taken(huggingfaceFeatureInput, () => json(tasks.vectors)),
    [huggingfaceRoutes.task]: known((request, turn) => {
      const { [request.params["name"] ?? ""]: handler } = ownTasks(taken);
      return handler ? handler(request, turn) : { status: 404, body: { error: `Model ${request.params["owner"]}/${request.params["name"]} does not exist` } };
    }),
    [huggingfaceRoutes.hub]: (request) => ({
      body: { id: `${request.params["owner"]}/${request.params["name"]}`, inferenceProviderMapping: { together: { status: "live", providerId: `together-${request.params["name"]}`, task: hubTask(request.params["name"] ?? "") } } },
    }),
    [huggingfaceRoutes.togetherImages]: known((request) => {
      const { response_format: format, prompt } = jsonOf(request) as { readonly response_format?: string; readonly prompt?: string };
      if (format === "base64" && !prompt?.includes("by URL")) return json(tasks.imageOfTogether);
      return { body: { id: "img-1", model: "flux", object: "list", data: [{ index: 0, url: `http://${request.headers.get("host")}/images/fox.png` }] } };
    }),
    [huggingfaceRoutes.togetherFeatures]: known(() => ({
      body: { object: "list", model: "e5", data: (JSON.parse(tasks.vectors) as number[][]).map((embedding, index) => ({ object: "embedding", index, embedding })) },
    })),
    [huggingfaceRoutes.image]: () => ({ headers: { "content-type": "image/png" }, body: tasks.image }),
  });
}

type Taken = (schema: z.ZodType, handler: (input: never, request: FakeRequest) => FakeReply) => FakeHandler;

const ownTasks = (taken: Taken): Readonly<Partial<Record<string, FakeHandler>>> => ({
  "text-generation": taken(huggingfaceTextGenerationInput, textGenerationReply),
  "text-to-image": taken(huggingfaceTextToImageInput, () => ({ headers: { "content-type": "image/png" }, body: tasks.image })),
  "image-to-text": (request) => (isBare(request, "image/") ? json(tasks.caption) : unsupportedMedia),
  "object-detection": (request) => (isBare(request, "image/") ? json(tasks.detections) : unsupportedMedia),
  "automatic-speech-recognition": (request, turn) => {
    if (isBare(request, "audio/")) return json(tasks.transcript);
    return taken(huggingfaceSpeechInput, ({ parameters }: z.output<typeof huggingfaceSpeechInput>) => json(parameters?.return_timestamps ? tasks.segments : tasks.transcript))(request, turn);
  },
});

function chatReply(input: z.output<typeof huggingfaceChatInput>): FakeReply {
  if (!input.stream) return json(chat.whole);
  const kind = input.tools ? "tools" : input.logprobs ? "logprobs" : input.response_format ? "json" : input.n ? "choices" : input.reasoning_effort ? "reasoning" : "text";
  return events(chat[kind]);
}

function textGenerationReply({ stream, parameters }: z.output<typeof huggingfaceTextGenerationInput>): FakeReply {
  if (!stream) return json(textGeneration.whole);
  return events(textGeneration[parameters?.stop ? "stopped" : parameters?.top_n_tokens ? "logprobs" : "text"]);
}

const isBare = ({ headers, bytes }: FakeRequest, kind: string): boolean => (headers.get("content-type") ?? "").startsWith(kind) && bytes.length > 0;
const unsupportedMedia: FakeReply = { status: 400, body: { error: "Content type not supported." } };

const hubTask = (name: string): string => (name.includes("embed") ? "feature-extraction" : "text-to-image");

const json = (body: string): FakeReply => ({ headers: { "content-type": "application/json" }, body });
/** A piece for each event, with the blank line that ends it. */
const events = (body: string): FakeReply => ({ headers: { "content-type": "text/event-stream" }, body: body.split(/(?<=\n\n)/) });
