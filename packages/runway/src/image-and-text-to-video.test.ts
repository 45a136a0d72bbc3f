import { collect, type Stream } from "@iftk/core";
import { mediaReply, type MediaPart, type VideoOptions, type VideoRequest } from "@iftk/inference";
import { stageLaws, turns, virtualClock } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeRunway, faults, runwayReplies, runwayRoutes, type runwayVideoBody } from "@iftk/testing/providers";
import { RunwayML } from "@runwayml/sdk";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { z } from "zod";
import type { RunwayOptions } from "./client.js";
import { runway } from "./engine.js";

const key = "key_fake";
const { mp4, begun } = runwayReplies;
const { id: task } = begun() as { readonly id: string };
const start = () => fakeRunway({ key });
let fake = await start();
beforeEach(async () => {
  await fake.close();
  fake = await start();
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => fake.close());

const request: VideoRequest = { image: { data: "AQID", mediaType: "image/png" }, prompt: "The fox jumps." };
const engine = (options: RunwayOptions = {}, baseUrl = fake.url) => runway({ apiKey: key, baseUrl, pollInterval: 1, ...options });
const stage = (options: Partial<VideoOptions> = {}, engineOptions: RunwayOptions = {}, url = fake.url) => engine(engineOptions, url).imageAndTextToVideo({ model: "gen4.5", ...options });
const reply = async (parts: Stream<MediaPart>) => {
  const { media, ...more } = await mediaReply(parts);
  return { ...more, media: media.map((medium) => ({ ...medium, bytes: new Uint8Array(medium.bytes) })) };
};
const sent = (): unknown => fake.requests.find(({ method }) => method === "POST")?.json();
const asked = () => fake.requests.map(({ method, path }) => `${method} ${path.replace(/[0-9a-f]{8}-[\w-]+/u, ":id")}`);
const looks = (): number => asked().filter((each) => each === "GET /v1/tasks/:id").length;

/** What the fake takes is what the SDK's types say. */
type Defined<T> = T extends object ? { [Name in keyof T]: Defined<Exclude<T[Name], undefined>> } : T;
type Published = Defined<z.output<typeof runwayVideoBody>>;
const published = (body: Published): RunwayML.ImageToVideoCreateParams => body;

describe("a video", () => {
  test("is told of while it is made, and comes as it is downloaded", async () => {
    const parts = await collect(stage()({ ...request, seed: 7 }));
    expect(parts.filter(({ type }) => type !== "media-delta")).toEqual([
      { type: "progress", status: "PENDING" },
      { type: "progress", status: "THROTTLED" },
      { type: "progress", status: "RUNNING", fraction: 0.5 },
      { type: "progress", status: "RUNNING", fraction: 0.75 },
      { type: "progress", status: "SUCCEEDED", fraction: 1 },
      { type: "media-start", index: 0, mediaType: "video/mp4", size: mp4.length, seed: 7 },
      { type: "media-end", index: 0 },
      { type: "finish", reason: { unified: "stop", raw: "SUCCEEDED" }, usage: { inputTokens: 0, outputTokens: 0, seconds: 5, estimated: true }, response: { id: task, model: "gen4.5" } },
    ]);
    expect(new Uint8Array(Buffer.concat(parts.flatMap((part) => (part.type === "media-delta" ? [part.bytes] : []))))).toEqual(mp4);
    expect(sent()).toEqual({ model: "gen4.5", promptImage: "data:image/png;base64,AQID", promptText: "The fox jumps.", ratio: "1280:720", duration: 5, seed: 7 });
    expect([asked().at(-1), fake.requests.at(-1)?.headers.has("authorization")]).toEqual([`GET /outputs/:id.mp4`, false]);
  });

  test("is asked for as the SDK does", async () => {
    await reply(stage()(request));
    const theirs = new RunwayML({ apiKey: key, baseURL: fake.url });
    await theirs.imageToVideo.create(published(sent() as Published));
    const [mine, their] = fake.requests.filter(({ method }) => method === "POST").map(({ path, headers, text }) => ({ path, text, headers: ["authorization", "x-runway-version", "content-type", "accept"].map((name) => headers.get(name)) }));
    expect(mine).toEqual(their);
  });

  test("is picked up later by the id of its task, which goes on when its reader leaves", async () => {
    let told = "";
    const parts = stage({}, { onTask: (id) => (told = id) })({ ...request, prompt: "Endless." });
    for await (const { type } of parts) if (type === "progress") break;
    expect(told).toBe(task);
    const { id } = await new RunwayML({ apiKey: key, baseURL: fake.url }).imageToVideo.create(published(sent() as Published));
    for await (const part of engine().retrieveVideo(id)) if (part.type === "progress") break;
    const { media, finish } = await reply(engine().retrieveVideo(id));
    expect([media, finish.response, asked().filter((each) => each.startsWith("DELETE"))]).toEqual([[{ bytes: mp4, mediaType: "video/mp4" }], { id }, ["DELETE /v1/tasks/:id"]]);
    await expect(collect(engine().retrieveVideo("none"))).rejects.toMatchObject({ code: "not_found", message: "runway: 404: Not found; task none" });
  });
});

describe("a request", () => {
  test.each<[string, Partial<VideoRequest>, object, string?]>([
    ["gen4_turbo", { prompt: undefined, duration: 10, ratio: "9:16" }, { duration: 10, ratio: "720:1280" }],
    ["gen4_turbo", { ratio: "16:9" }, { promptText: "The fox jumps.", ratio: "1280:720" }],
    ["gen4_turbo", { ratio: "1920:1080" }, { promptText: "The fox jumps.", ratio: "1280:720" }, "gen4_turbo does not make 1920:1080: it is asked for the nearest, 1280:720"],
    ["gen4_turbo", { ratio: "2:1" }, { promptText: "The fox jumps.", ratio: "1280:720" }, "gen4_turbo does not make 2:1: it is asked for the nearest, 1280:720"],
    ["veo3.1", { ratio: "1920:1080", duration: 8 }, { promptText: "The fox jumps.", ratio: "1920:1080", duration: 8 }],
    ["hailuo3", { ratio: "1280:720", seed: 7 }, { promptText: "The fox jumps.", ratio: "16:9" }, "seed is left out: hailuo3 takes none"],
    ["happyhorse_1_0", { ratio: "1:1" }, { promptText: "The fox jumps." }, "ratio is left out: happyhorse_1_0 makes videos in that of the image"],
  ])("%s: %o is %o", async (model, more, fields, warning) => {
    const { warnings } = await reply(stage({ model })({ ...request, ...more }));
    expect(sent()).toEqual({ model, promptImage: "data:image/png;base64,AQID", ...fields });
    expect(warnings.slice(0, 1)).toEqual(warning === undefined ? [] : [`runway: ${warning}`]);
  });

  test("may hold what code puts over it, and its image by a https URL", async () => {
    await reply(stage({ raw: { contentModeration: { publicFigureThreshold: "low" }, seed: 3 } })({ ...request, image: { url: "https://example.org/a.png" } }));
    expect(sent()).toMatchObject({ promptImage: "https://example.org/a.png", contentModeration: { publicFigureThreshold: "low" }, seed: 3 });
  });

  test("is not made shorter, nor its image smaller: both are refused before they are sent", async () => {
    const refused = (more: Partial<VideoRequest>, error: object) => expect(collect(stage()({ ...request, ...more }))).rejects.toMatchObject(error);
    await refused({ prompt: "a".repeat(1001) }, { code: "invalid_argument", reason: "context-length", message: "runway: the prompt has 1001 characters, and gen4.5 takes 1000; shorten it, or let fitPrompt do so" });
    await refused({ image: { data: new Uint8Array(4 * 2 ** 20), mediaType: "image/png" } }, { code: "invalid_argument", reason: "too-large", message: "runway: the image has 5.3 MB in base64, and less than 5 are taken; send a smaller one, or give it as a https URL" });
    await refused({ image: { url: "http://169.254.169.254/a.png" } }, { code: "permission_denied", reason: "private-address" });
    expect(fake.requests).toEqual([]);
  });

  test("that Runway refuses says why", async () => {
    await expect(collect(stage()({ ...request, duration: 60 }))).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringMatching(/^runway: 400: Validation of body failed: duration: /u) });
    await expect(collect(stage({ model: "gen9", raw: { style: 1 } })({ ...request, ratio: "5:1", seed: 1 }))).rejects.toMatchObject({ code: "invalid_argument" });
    expect(sent()).toMatchObject({ duration: 60 });
    expect(() => stage({ api: "text-to-video" })).toThrow('it has "image-to-video"');
  });
});

describe("a task", () => {
  test("is asked about at intervals, for so long, and goes on", async () => {
    using clock = virtualClock({ epoch: Date.now() }).install();
    const reading = collect(stage({}, { pollInterval: undefined })({ ...request, prompt: "An endless loop." }));
    reading.catch(() => {}); // observed below
    const untilLooks = async (count: number): Promise<void> => {
      while (looks() < count || fake.openSockets > 0) await turns();
      await turns(20); // the answer is with the client
    };
    while (asked().length === 0) await turns();
    await untilLooks(0);
    for (let count = 0; count < 119; count++) {
      await clock.advance(4999);
      expect(looks()).toBe(count);
      await clock.advance(1);
      await untilLooks(count + 1);
    }
    await clock.advance(5000);
    await expect(reading).rejects.toMatchObject({ code: "deadline_exceeded", reason: "timeout", message: `the job did not end within 600000 ms; task ${task}` });
    expect(asked().filter((each) => each.startsWith("DELETE"))).toEqual([]);
  });

  test.each<[string, object]>([
    ["SAFETY.INPUT.TEXT", { code: "invalid_argument", reason: "content-filter" }],
    ["SAFETY.OUTPUT.VIDEO", { code: "invalid_argument", reason: "content-filter" }],
    ["INPUT_PREPROCESSING.SAFETY.TEXT", { code: "invalid_argument", reason: "content-filter" }],
    ["INPUT_PREPROCESSING.INTERNAL", { code: "unavailable" }],
    ["INTERNAL.BAD_OUTPUT.CODE01", { code: "internal" }],
    ["INTERNAL", { code: "unavailable" }],
    ["THIRD_PARTY.UNAVAILABLE", { code: "unavailable" }],
    ["ASSET.INVALID", { code: "invalid_argument", reason: undefined }],
    ["NEW.KIND", { code: "unknown" }],
  ])("that fails with %s is an error of its kind", async (code, expected) => {
    await expect(collect(stage()({ ...request, prompt: `fail: ${code}` }))).rejects.toMatchObject({ ...expected, message: `runway: An unexpected error occurred. (${code}); task ${task}` });
  });

  test("survives questions that fail in passing, but not too many in a row", async () => {
    fake.faultOn(runwayRoutes.task, faults.status(502), faults.status(429), faults.reset(0), faults.none(), faults.status(500));
    expect((await reply(stage()(request))).media).toHaveLength(1);
    fake.faultOn(runwayRoutes.task, ...Array.from({ length: 5 }, () => faults.status(502)));
    await expect(collect(stage()(request))).rejects.toMatchObject({ code: "unavailable", message: expect.stringMatching(/^runway: 502: .*; task 17f20503/u) });
    fake.faultOn(runwayRoutes.task, faults.status(404));
    await expect(collect(stage()(request))).rejects.toMatchObject({ code: "not_found" });
    expect(asked().filter((each) => each.startsWith("DELETE"))).toEqual([]);
  });

  test("is cancelled when its caller aborts, leaves, or fails", async () => {
    const cancelled = async (): Promise<number> => {
      for (let turn = 0; turn < 2000 && !asked().some((each) => each.startsWith("DELETE")); turn++) await turns();
      await fake.idle();
      const count = asked().filter((each) => each === "DELETE /v1/tasks/:id").length;
      fake.clear();
      return count;
    };
    const endless = { ...request, prompt: "Endless, endless." };
    const abort = new AbortController();
    const reading = collect(stage()(endless, { signal: abort.signal }));
    reading.catch(() => {}); // observed below
    while (looks() < 2) await turns();
    const reason = new Error("The caller has left.");
    abort.abort(reason);
    await expect(reading).rejects.toBe(reason);
    expect(await cancelled()).toBe(1);
    for await (const { type } of stage({}, { pollInterval: 60_000 })(endless)) if (type === "progress") break;
    expect(await cancelled()).toBe(1);
    const onTask = (): never => {
      throw new TypeError("The disk is full.");
    };
    await expect(collect(stage({}, { onTask })(endless))).rejects.toThrow("The disk is full.");
    expect(await cancelled()).toBe(1);
  });

  test("that is over stays when its reader leaves the download", async () => {
    for await (const { type } of stage()(request)) if (type === "media-start") break;
    await fake.idle();
    expect(asked().filter((each) => each.startsWith("DELETE"))).toEqual([]);
  });

  test("that another cancels, and one without a video, are errors", async () => {
    const cancel = (id: string) => fetch(`${fake.url}/v1/tasks/${id}`, { method: "DELETE", headers: { authorization: `Bearer ${key}`, "x-runway-version": "2024-11-06" } });
    await expect(collect(stage({}, { onTask: (id) => void cancel(id), pollInterval: 20 })(request))).rejects.toMatchObject({ code: "canceled", message: `runway: the task was cancelled; task ${task}` });
    for (const output of [undefined, [], ["file:///etc/passwd"], ["http://example.org/a.mp4"], 7]) {
      fake.faultOn(runwayRoutes.task, faults.status(200, { body: { id: "t", status: "SUCCEEDED", output } }));
      await expect(collect(engine().retrieveVideo("t"))).rejects.toMatchObject({ code: "unavailable", reason: "malformed" });
    }
  });
});

test.each(["https://169.254.169.254/a.mp4", "https://[::1]/a.mp4", "https://0x7f.1/a.mp4", "https://localhost/a.mp4"])("a video at %s, which is not public, is not fetched", async (url) => {
  fake.faultOn(runwayRoutes.task, faults.status(200, { body: { id: "t", status: "SUCCEEDED", output: [url] } }));
  await expect(collect(engine().retrieveVideo("t"))).rejects.toMatchObject({ code: "permission_denied", reason: "private-address" });
});

describe("the key", () => {
  test("is looked for when a call begins", async () => {
    vi.stubEnv("RUNWAYML_API_SECRET", "");
    const late = runway({ baseUrl: `${fake.url}/`, pollInterval: 1 }).imageAndTextToVideo({ model: "gen4.5" });
    await expect(collect(late(request))).rejects.toMatchObject({ code: "unauthenticated", reason: "key", message: expect.stringContaining("RUNWAYML_API_SECRET") });
    vi.stubEnv("RUNWAYML_API_SECRET", key);
    expect((await reply(late(request))).media).toHaveLength(1);
  });

  test("may be that of an SDK client", async () => {
    const client = new RunwayML({ apiKey: key, baseURL: fake.url, maxRetries: 5 });
    fake.fault(faults.status(500));
    const own = runway({ client, pollInterval: 1 }).imageAndTextToVideo({ model: "gen4.5" });
    await expect(collect(own(request))).rejects.toMatchObject({ code: "unavailable" });
    expect(fake.requests).toHaveLength(1);
    expect((await reply(own(request))).media).toHaveLength(1);
  });
});

const always = await start();
afterAll(() => always.close());
stageLaws("image and text to video of Runway", { stage: () => stage({}, {}, always.url), input: [request], isReleased: () => always.openSockets === 0, patience: 3000, soon: 20 });

const laws = { fake: start, input: request, stage: (url: string) => stage({}, {}, url), isStreamed: false };
engineLaws({ ...laws, name: "the task of a video of Runway", route: runwayRoutes.begin, key, wholeBody: JSON.stringify(begun()) });
engineLaws({ ...laws, name: "the download of a video of Runway", route: runwayRoutes.output, wholeBody: mp4, hasEndMark: false });
