import { collect, outputStream } from "@iftk/core";
import { stageLaws } from "@iftk/testing";
import { expect, test } from "vitest";
import type { ChatRequest } from "./chat.js";
import { imageAnalysisByChat } from "./image-analysis-by-chat.js";
import type { Finish, Part } from "./part.js";

const finish: Finish = { type: "finish", reason: { unified: "stop", raw: "end" }, usage: { inputTokens: 9, outputTokens: 5 } };
const seen = { description: "A cat looks at me.", people: [], objects: ["cat", "cup"], textFragments: ["EXIT"], atmosphere: "calm", setting: "" };

/** A model that answers each question with the next text, in pieces, and keeps what it was asked. */
function model(...answers: readonly string[]) {
  const asked: ChatRequest[] = [];
  const chat = outputStream(async function* model(request: ChatRequest) {
    asked.push(request);
    for (const piece of answers[(asked.length - 1) % answers.length]?.match(/.{1,7}/gsu) ?? []) yield { type: "text-delta", text: piece } satisfies Part;
    yield finish;
  });
  return { chat, asked };
}

const request = { image: { url: "https://example.com/cat.png" } };

stageLaws("imageAnalysisByChat", {
  stage: () => imageAnalysisByChat(model(JSON.stringify(seen)).chat),
  input: [request],
  output: [{ type: "analysis", analysis: { description: "A cat looks at me.", objects: ["cat", "cup"], textFragments: ["EXIT"], atmosphere: "calm" } }, finish],
});

test("the model is asked with the image, what to look for, and every field of the answer", async () => {
  const { chat, asked } = model(JSON.stringify(seen));
  await collect(imageAnalysisByChat(chat)({ ...request, prompt: "Is there a cat?", language: "fr" }));
  expect(asked).toEqual([
    {
      messages: [{ role: "user", content: [{ type: "text", text: "Look at the image closely and tell only what it shows.\nIs there a cat?\nAnswer in this language: fr." }, { type: "image", image: request.image }] }],
      responseFormat: expect.objectContaining({ type: "json", name: "image_analysis", schema: expect.objectContaining({ required: ["description", "people", "objects", "textFragments", "atmosphere", "setting"], additionalProperties: false }) }),
    },
  ]);
});

test("an answer that lacks a field is asked for again, and a warning says so", async () => {
  const { chat } = model('{"description": "A cat."}', JSON.stringify(seen));
  const parts = await collect(imageAnalysisByChat(chat)(request));
  expect(parts.filter(({ type }) => type === "warning" || type === "finish")).toEqual([{ type: "warning", message: expect.stringContaining("people") }, { ...finish, usage: { inputTokens: 18, outputTokens: 10 } }]);
});
