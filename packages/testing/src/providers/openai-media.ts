/** OpenAI's APIs of images, audio and embeddings. */
import type { z } from "zod";
import type { FakeReply } from "./fake-reply.js";
import type { FakeRequest } from "./fake-request.js";
import type { FakeHandler, FakeRoutes } from "./fake-routes.js";
import { embeddingReply, type FakeOpenaiMedia, imagesReply, speechReply, transcriptionReply } from "./openai-media-replies.js";
import { embeddingRequest, imageEditRequest, imageGenerationRequest, speechRequest, transcriptionRequest } from "./openai-media-requests.js";
import { invalidRequest, openaiRoute } from "./openai-route.js";

/** The routes of images, transcripts, speech and embeddings. A request that the true API would refuse is refused. */
export function openaiMediaRoutes(media: FakeOpenaiMedia = {}, key?: string): FakeRoutes {
  function route<Schema extends z.ZodType>(schema: Schema, fieldsOf: (request: FakeRequest) => unknown, reply: (fields: z.output<Schema>, media: FakeOpenaiMedia) => FakeReply): FakeHandler {
    return openaiRoute(key, async (request) => {
      const { success, data, error } = schema.safeParse(await fieldsOf(request));
      return success ? reply(data, media) : invalidRequest(error);
    });
  }
  const inJson = (request: FakeRequest): unknown => request.json();
  return {
    "POST /v1/images/generations": route(imageGenerationRequest, inJson, imagesReply("image_generation")),
    "POST /v1/images/edits": route(imageEditRequest, formFields, imagesReply("image_edit")),
    "POST /v1/audio/transcriptions": route(transcriptionRequest, formFields, transcriptionReply),
    "POST /v1/audio/speech": route(speechRequest, inJson, speechReply),
    "POST /v1/embeddings": route(embeddingRequest, inJson, embeddingReply),
  };
}

/** The fields of a form: those whose names end in `[]` are lists. A field that is there twice is a list too, which no schema takes. */
export async function formFields(request: FakeRequest): Promise<Readonly<Record<string, unknown>>> {
  const form = await request.form();
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return name.endsWith("[]") ? [name.slice(0, -2), values] : [name, values.length === 1 ? values[0] : values];
    }),
  );
}
