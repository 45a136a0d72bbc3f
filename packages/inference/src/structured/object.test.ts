import { feed, hang, stageLaws } from "@iftk/testing";
import { outputStream } from "@iftk/core";
import { expect, test } from "vitest";
import { z } from "zod";
import type { ChatRequest } from "../chat.js";
import { deltas, finish, scriptedChat } from "../fixtures/scripted-chat.js";
import type { Part } from "../part.js";
import { object, objectReply } from "./object.js";
import type { ObjectPart } from "./object-part.js";
import { partialOf } from "./partial-of.js";

const schema = z.object({ name: z.string() });
const request: ChatRequest = { messages: [{ role: "user", content: "Who is it?" }] };
const parts: readonly ObjectPart<{ name: string }>[] = [{ type: "warning", message: "careful" }, { type: "object-partial", value: {} }, { type: "object", object: { name: "Ada" } }, finish()];

stageLaws("object", {
  stage: () => object({ chat: scriptedChat([...deltas('{"name":"Ada"}'), finish()]).chat, schema }),
  input: [request],
  output: [{ name: "Ada" }],
  hanging: () => object({ chat: outputStream(() => hang<Part>()), schema }),
  cut: { stage: () => object({ chat: scriptedChat(deltas('{"name":"Ada"}')).chat, schema, attempts: 1 }) },
});

stageLaws("objectReply", { stage: () => objectReply<{ name: string }>(), input: parts, output: [{ object: { name: "Ada" }, warnings: ["careful"], finish: finish() }], cut: { input: parts.slice(0, -1) } });

test("parts without their object are cut off", async () => {
  await expect(objectReply()(feed(finish()))).rejects.toMatchObject({ code: "unavailable", reason: "truncated" });
});

test("what there was of an object is known for the error that ended it, and nothing for other errors", async () => {
  const failed = await object({ chat: scriptedChat([...deltas('{"name":5,"na'), finish()]).chat, schema, attempts: 1 })(request).catch((error: unknown) => error);
  expect([partialOf(failed), partialOf(new Error("other")), partialOf(undefined)]).toEqual([{ name: 5 }, undefined, undefined]);
});
