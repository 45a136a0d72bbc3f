import { StageError } from "@iftk/core";
import { expect, test } from "vitest";
import { explainFailure } from "./failure.js";

test.each([
  ["a long conversation", new StageError("invalid_argument", "", { reason: "context-length" }), false, "conversation has grown", true],
  ["a long message", new StageError("invalid_argument", "", { reason: "context-length" }), true, "message is longer", true],
  ["a body over the limit", new StageError("resource_exhausted", "", { reason: "too-large" }), true, "message is longer", true],
  ["a server that is gone", new StageError("unavailable", ""), false, "cannot be reached", false],
  ["a full server", new StageError("unavailable", "", { reason: "overloaded" }), false, "busy", false],
  ["a cut reply", new StageError("unavailable", "", { reason: "truncated" }), false, "broke off", false],
  ["a slow model", new StageError("deadline_exceeded", ""), false, "too long", false],
  ["anything else", new Error("the model file is gone"), false, "the model file is gone", false],
])("%s is explained, with the way on that helps", (_, error, isFirstTurn, words, needsNewConversation) => {
  const explained = explainFailure(error, isFirstTurn);
  expect(explained.message).toContain(words);
  expect(explained.needsNewConversation).toBe(needsNewConversation);
});
