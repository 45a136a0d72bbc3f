/** Runway on this machine: tasks for videos, and the videos. */
import { z } from "zod";
import { fakeProvider, type FakeProvider } from "./fake-provider.js";
import type { FakeReply } from "./fake-reply.js";
import { jsonOf, type FakeRequest } from "./fake-request.js";
import type { FakeHandler } from "./fake-routes.js";

/** Routes of the fake, to put faults on. */
export const runwayRoutes = {
  begin: "POST /v1/image_to_video",
  task: "GET /v1/tasks/:id",
  cancel: "DELETE /v1/tasks/:id",
  output: "GET /outputs/:file",
} as const;

const image = z.string().regex(/^(https:\/\/[a-z]|runway:\/\/|data:image\/(png|jpeg|webp);base64,)/u).refine((url) => !url.startsWith("data:") || url.length < 5 * 2 ** 20);
const prompt = (longest: number) => z.string().min(1).max(longest);
const seed = z.int().min(0).max(4_294_967_295).optional();
const gen4 = z.enum(["1280:720", "720:1280", "1104:832", "960:960", "832:1104", "1584:672"]);
const moderation = z.strictObject({ publicFigureThreshold: z.enum(["auto", "low"]).optional() }).optional();
const veo = { promptImage: image, ratio: z.enum(["1280:720", "720:1280", "1080:1920", "1920:1080"]), audio: z.boolean().optional(), duration: z.union([z.literal(4), z.literal(6), z.literal(8)]).optional(), negativePrompt: z.string().optional(), promptText: prompt(1000).optional(), seed };

/** The bodies of requests for a video of an image, for some of the models, as Runway publishes them. */
export const runwayVideoBody = z.discriminatedUnion("model", [
  z.strictObject({ model: z.literal("gen4.5"), promptImage: image, promptText: prompt(1000), ratio: gen4, duration: z.int().min(2).max(10), contentModeration: moderation, seed }),
  z.strictObject({ model: z.literal("gen4_turbo"), promptImage: image, promptText: prompt(1000).optional(), ratio: gen4, duration: z.int().min(2).max(10).optional(), contentModeration: moderation, seed }),
  z.strictObject({ model: z.literal("veo3.1"), ...veo }),
  z.strictObject({ model: z.literal("veo3.1_fast"), ...veo }),
  z.strictObject({ model: z.literal("happyhorse_1_0"), promptImage: image, promptText: prompt(2500).optional(), duration: z.number().optional(), resolution: z.enum(["720p", "1080p"]).optional() }),
  z.strictObject({ model: z.literal("hailuo3"), promptImage: image, promptText: z.string().min(1), duration: z.number().optional(), ratio: z.enum(["adaptive", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16"]).optional(), resolution: z.enum(["768p", "2k"]).optional() }),
]);

interface FakeTask {
  readonly id: string;
  readonly prompt: string;
  looks: number;
  isCancelled: boolean;
}

/** The beginning of a video, as any player knows it, and as many bytes as a test needs. */
const mp4 = new Uint8Array([0, 0, 0, 24, ...Buffer.from("ftypisom"), 0, 0, 2, 0, ...Buffer.from("isommp41"), 0, 0, 4, 8, ...Buffer.from("mdat"), ...Array.from({ length: 1024 }, (_, index) => (index * 7) % 256)]);

/** What a request for a video is answered with. */
const begun = (id = "17f20503-6c24-4c16-946b-35dbbce2af2f"): object => ({ id, estimatedCost: { credits: 25 } });

/** The replies of `fakeRunway`. */
export const runwayReplies = { mp4, begun };

/**
 * Starts a fake Runway. A task is done at the fourth look at it; for a prompt `fail: CODE` it fails with that code, and for one that
 * holds the word "endless" it is never done. Requests without the key get 401, those that are not as published 400.
 */
export function fakeRunway({ key = "key_fake" }: { readonly key?: string } = {}): Promise<FakeProvider> {
  const tasks = new Map<string, FakeTask>();
  const known = (handler: FakeHandler): FakeHandler => (request, turn) => {
    if (request.headers.get("authorization") !== `Bearer ${key}`) return refusal(401, "The API key you provided is not valid.");
    return request.headers.get("x-runway-version") === "2024-11-06" ? handler(request, turn) : refusal(400, "The X-Runway-Version header is missing or not valid.");
  };
  const withTask = (handler: (task: FakeTask, request: FakeRequest) => FakeReply): FakeHandler => known((request) => {
    const task = tasks.get(request.params["id"] ?? "");
    return task ? handler(task, request) : refusal(404, "Not found");
  });
  return fakeProvider({
    [runwayRoutes.begin]: known((request, turn) => {
      const asked = runwayVideoBody.safeParse(jsonOf(request));
      if (!asked.success) return refusal(400, "Validation of body failed", asked.error.issues.map(({ code, path, message }) => ({ code, path, message })));
      const { id } = begun(turn === 0 ? undefined : `17f20503-6c24-4c16-946b-${String(turn).padStart(12, "0")}`) as { readonly id: string };
      tasks.set(id, { id, prompt: asked.data.promptText ?? "", looks: 0, isCancelled: false });
      return { body: begun(id) };
    }),
    [runwayRoutes.task]: withTask((task, request) => {
      task.looks++;
      return { body: told(task, request.headers.get("host") ?? "") };
    }),
    [runwayRoutes.cancel]: withTask((task) => {
      task.isCancelled = true;
      return { status: 204 };
    }),
    [runwayRoutes.output]: () => ({ headers: { "content-type": "video/mp4", "content-length": String(mp4.length) }, body: mp4 }),
  });
}

const refusal = (status: number, error: string, issues?: readonly unknown[]): FakeReply => ({ status, body: { error, docUrl: "https://docs.dev.runwayml.com/api", ...(issues && { issues }) } });

/** The task as it is told: a step further with each look. */
function told({ id, prompt: text, looks, isCancelled }: FakeTask, host: string): object {
  const common = { id, createdAt: "2026-01-02T03:04:05.678Z" };
  const [, failureCode] = /^fail: (\S+)$/u.exec(text) ?? [];
  if (isCancelled) return { ...common, status: "CANCELLED", cost: { credits: 0 } };
  if (looks === 1) return { ...common, status: "THROTTLED", estimatedCost: { credits: 25 } };
  if (looks < 4 || text.includes("endless")) return { ...common, status: "RUNNING", progress: Math.min(0.9, looks * 0.25), estimatedCost: { credits: 25 } };
  if (failureCode !== undefined) return { ...common, status: "FAILED", failure: "An unexpected error occurred.", failureCode, cost: { credits: 0 } };
  return { ...common, status: "SUCCEEDED", output: [`http://${host}/outputs/${id}.mp4?_jwt=eyJ`], cost: { credits: 25 } };
}
