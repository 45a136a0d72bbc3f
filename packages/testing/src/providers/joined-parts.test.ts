import fc from "fast-check";
import { expect, test } from "vitest";
import { areSameParts, isBeginningOf, joinedParts } from "./joined-parts.js";
import { cutAtRandom, seeded } from "../seeded.js";

const text = (piece: string, choice?: number) => ({ type: "text-delta", text: piece, ...(choice !== undefined && { choice }) });
const finish = { type: "finish", reason: { unified: "stop", raw: "stop" } };

test("neighbouring deltas of one thing are joined, others are not", () => {
  expect(
    joinedParts([
      text("a"), text("b"), text("c", 1), text("d", 1), text("e"),
      { type: "tool-call-delta", id: "1", arguments: "{" }, { type: "tool-call-delta", id: "1", arguments: "}" }, { type: "tool-call-delta", id: "2", arguments: "{}" },
      { type: "media-delta", index: 0, bytes: new Uint8Array([1]) }, { type: "media-delta", index: 0, bytes: new Uint8Array([2]) },
      { type: "text-delta", text: "x", logprobs: [{ token: "x" }] }, { type: "text-delta", text: "y", logprobs: [{ token: "y" }] },
      finish,
    ]),
  ).toEqual([
    text("ab"), text("cd", 1), text("e"),
    { type: "tool-call-delta", id: "1", arguments: "{}" }, { type: "tool-call-delta", id: "2", arguments: "{}" },
    { type: "media-delta", index: 0, bytes: new Uint8Array([1, 2]) },
    { type: "text-delta", text: "xy", logprobs: [{ token: "x" }, { token: "y" }] },
    finish,
  ]);
});

test("parts are the beginning of an answer wherever it is cut, and of no other", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.nat(), fc.nat(), (whole, seed, place) => {
      const parts = [...cutAtRandom(whole, seeded(seed)).map((piece) => text(piece)), finish];
      const beginning = whole.slice(0, place % (whole.length + 1));
      expect(isBeginningOf(beginning === "" ? [] : [text(beginning)], parts)).toBe(true);
      expect(isBeginningOf([text(`${beginning}\0`)], parts)).toBe(whole[beginning.length] === "\0");
      expect([areSameParts(parts, [text(whole), finish]), areSameParts(parts, [text(whole)])]).toEqual([true, false]);
    }),
  );
});

test("a delta that is not the last must be whole", () => {
  expect([isBeginningOf([text("a"), finish], [text("ab"), finish]), isBeginningOf([text("a", 1)], [text("ab")]), isBeginningOf([finish, finish], [finish])]).toEqual([false, false, false]);
  expect(isBeginningOf([{ type: "media-delta", index: 0, bytes: new Uint8Array([1]) }], [{ type: "media-delta", index: 0, bytes: new Uint8Array([1, 2]) }])).toBe(true);
  expect(isBeginningOf([{ type: "media-delta", index: 0, bytes: new Uint8Array([1, 2]) }], [{ type: "media-delta", index: 0, bytes: new Uint8Array([1]) }])).toBe(false);
});
