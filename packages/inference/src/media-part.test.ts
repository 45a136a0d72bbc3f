import { feed, stageLaws } from "@iftk/testing";
import { expect, test } from "vitest";
import { type MediaPart, mediaReply } from "./media-part.js";
import type { Finish } from "./part.js";

const finish: Finish = { type: "finish", reason: { unified: "stop", raw: "done" }, usage: { inputTokens: 1, outputTokens: 2, images: 1 } };
const start = (index: number, more: object = {}): MediaPart => ({ type: "media-start", index, mediaType: "image/png", ...more });
const bytes = (index: number, ...values: number[]): MediaPart => ({ type: "media-delta", index, bytes: Uint8Array.from(values) });
const end = (index: number): MediaPart => ({ type: "media-end", index });

const parts: readonly MediaPart[] = [
  { type: "progress", status: "running", fraction: 0.5 },
  start(0, { isPreview: true }), bytes(0, 9), end(0),
  start(1, { revisedPrompt: "a red fox", seed: 7 }), start(2), bytes(1, 1, 2), bytes(2, 3), bytes(1, 4), { type: "warning", message: "size was rounded" }, end(2), end(1),
  finish,
];

stageLaws("mediaReply", {
  stage: () => mediaReply,
  input: parts,
  output: [
    {
      media: [
        { bytes: Uint8Array.of(1, 2, 4), mediaType: "image/png", revisedPrompt: "a red fox", seed: 7 },
        { bytes: Uint8Array.of(3), mediaType: "image/png" },
      ],
      warnings: ["size was rounded"],
      finish,
    },
  ],
});

test("media that end before their end, and parts that end before finish, are cut off", async () => {
  await expect(mediaReply(feed(start(0), bytes(0, 1), finish))).rejects.toMatchObject({ code: "unavailable", reason: "truncated", message: "a medium of type image/png ended before its end: it is cut off" });
  await expect(mediaReply(feed(...parts.slice(0, -1)))).rejects.toMatchObject({ code: "unavailable", reason: "truncated" });
});

test("a reply without media is told as what it is", async () => {
  const filtered: Finish = { ...finish, reason: { unified: "content-filter", raw: "blocked" } };
  expect(await mediaReply(feed<MediaPart>(filtered))).toEqual({ media: [], warnings: [], finish: filtered });
});
