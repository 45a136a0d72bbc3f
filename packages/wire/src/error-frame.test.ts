import { StageError } from "@iftk/core";
import { describe, expect, it } from "vitest";
import { codeOfHttpStatus, fromErrorFields, httpStatus, toErrorFields } from "./error-frame.js";

describe("toErrorFields", () => {
  it("gives all of a StageError but its cause", () => {
    const error = new StageError("resource_exhausted", "Too many.", {
      reason: "rate-limit",
      retryAfter: 1500,
      stage: "chat | text",
      cause: new Error("key sk-123"),
    });
    expect(toErrorFields(error)).toEqual({
      code: "resource_exhausted",
      message: "Too many.",
      reason: "rate-limit",
      retryAfter: 1500,
      stage: "chat | text",
    });
  });

  it.each([
    ["an Error", new Error("sk-123"), "unknown"],
    ["a StageError made from one", StageError.from(new Error("sk-123"), undefined), "unknown"],
    ["a StageError that copies its cause's message", new StageError("unavailable", "sk-123", { cause: new Error("sk-123") }), "unavailable"],
    ["a thrown text", "sk-123", "unknown"],
    ["nothing", undefined, "unknown"],
    ["a timeout", new DOMException("sk-123", "TimeoutError"), "deadline_exceeded"],
    ["an abort", new DOMException("sk-123", "AbortError"), "canceled"],
  ])("tells nothing of %s but its code", (_name, error, code) => {
    expect(toErrorFields(error)).toEqual({ code, message: expect.not.stringContaining("sk-123") });
  });

  it("bounds the message", () => {
    expect(toErrorFields(new StageError("internal", "x".repeat(100_000))).message).toHaveLength(4096);
  });
});

describe("fromErrorFields", () => {
  it("gives the StageError back", () => {
    const error = new StageError("unavailable", "Cut.", { reason: "truncated", retryAfter: 3, stage: "chat" });
    expect(fromErrorFields(JSON.parse(JSON.stringify(toErrorFields(error))))).toEqual(error);
  });

  it.each([
    ["an unknown code", { code: "teapot", message: "Short." }, new StageError("unknown", "Short.")],
    ["a code of Object's own", { code: "constructor", message: "Short." }, new StageError("unknown", "Short.")],
    ["fields of wrong types", { code: 1, message: 2, reason: 3, retryAfter: "4", stage: 5 }, new StageError("unknown", "The stage failed on the server.")],
    ["no fields", {}, new StageError("unknown", "The stage failed on the server.")],
  ])("takes %s", (_name, fields, error) => {
    expect(fromErrorFields(fields)).toEqual(error);
  });
});

describe("httpStatus", () => {
  it("gives statuses that lead back to the code where they tell codes apart", () => {
    const codes = ["canceled", "invalid_argument", "deadline_exceeded", "not_found", "permission_denied", "resource_exhausted", "unimplemented", "internal", "unavailable", "unauthenticated"] as const;
    expect(codes.map((code) => codeOfHttpStatus(httpStatus(new StageError(code, ""))))).toEqual(codes);
  });

  it("gives 413 for what is too large, and 500 for a code of another version", () => {
    expect([
      httpStatus(new StageError("invalid_argument", "", { reason: "too-large" })),
      httpStatus(new StageError("resource_exhausted", "", { reason: "too-large" })),
      httpStatus(new StageError("teapot" as "internal", "")),
    ]).toEqual([413, 413, 500]);
  });

  it("takes unknown statuses", () => {
    expect([418, 599, 302].map(codeOfHttpStatus)).toEqual(["invalid_argument", "unavailable", "unknown"]);
  });
});
