/** Videos of a first image. */
import { fromBatches, outputStream, StageError, type Call, type OutputStream } from "@iftk/core";
import { readRequest, videoRequest, type MediaPart, type VideoOptions, type VideoRequest } from "@iftk/inference";
import { provider, type Client } from "./client.js";
import { videoOf } from "./task-video.js";
import { beginTask } from "./task.js";
import { imageUrl, videoBody } from "./video-body.js";

/** The stage for a model. */
export function imageAndTextToVideo(client: Client, options: VideoOptions): OutputStream<VideoRequest, MediaPart> {
  const { api } = options;
  if (api !== undefined && api !== "image-to-video") throw new StageError("unimplemented", `${provider}: imageAndTextToVideo has no API ${JSON.stringify(api)}; it has "image-to-video"`, { reason: "option" });
  return outputStream(function runwayImageAndTextToVideo(input: VideoRequest, call) {
    return fromBatches(make(client, options, readRequest(videoRequest, options, input), call));
  });
}

async function* make(client: Client, options: VideoOptions, request: VideoRequest, call: Call): AsyncGenerator<readonly MediaPart[], void, undefined> {
  const { body, warnings } = videoBody(options, request);
  if (warnings.length > 0) yield warnings.map((message) => ({ type: "warning", message }));
  const promptImage = await imageUrl(request.image, call.signal);
  const id = await beginTask(client, "/v1/image_to_video", { promptImage, ...body }, call.signal);
  const { duration: seconds, seed } = body;
  yield* videoOf(client, { id, isNew: true, model: options.model, ...(typeof seed === "number" && { seed }), ...(typeof seconds === "number" && { seconds }) }, call);
}

/** The stage that gives the video of a task that was begun before, by its id. The task goes on when its reader leaves. */
export function retrieveVideo(client: Client): OutputStream<string, MediaPart> {
  return outputStream(function runwayRetrieveVideo(id: string, call) {
    if (typeof id !== "string" || id === "") throw new StageError("invalid_argument", `${provider}: the id of a task is expected`);
    return fromBatches(videoOf(client, { id, isNew: false }, call));
  });
}
